/**
 * The servers of docs/http.md, on each version of Node, asked by two users.
 */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { InstalledProject } from '../support/installed.ts'
import { OTHER, ordinaryUser, withPeer } from '../support/peers.ts'
import { start, tempDir, type Running } from '../support/processes.ts'
import { blocksOf, place, there } from './guides.ts'

const guide = blocksOf('http.md')
const installed = new InstalledProject('guides', ['cmsg'])

/** Asks for a path; prints its own pid, the status and the answer. */
const client = `
const { once } = await import('node:events')
const { get } = await import('node:http')
const [socketPath, path] = process.argv.slice(1)
const [response] = await once(get({ socketPath, path }), 'response')
let text = ''
for await (const chunk of response) text += chunk
console.log(JSON.stringify([process.pid, response.statusCode, text]))`
const ask = async (user: readonly string[], socket: string, path: string): Promise<[pid: number, status: number, text: string]> => {
  const [line] = await start([...user, process.execPath, '--input-type=module', '-e', client, socket, path]).output()
  return JSON.parse(line!) as [number, number, string]
}

installed.onEveryNode((name) => `docs/http.md, ${name}`, (node) => {
  const serve = async (name: string): Promise<{ server: Running; socket: string }> => {
    const socket = join(tempDir(0o755), 'admin.sock')
    const server = node.run([place(`${node.name}-${name}`, guide.get(name), installed.path)], { ADMIN_SOCKET: socket })
    await there(socket, server)
    return { server, socket }
  }

  it('the program for node:http runs', async () => {
    const { server, socket } = await serve('http')
    await using _server = server
    const [pid, status, text] = await ask([], socket, '/')
    expect([status, text]).toEqual([200, `hello, pid ${pid}\n`])
  })

  it.each(['express', 'fastify'])('the program for %s runs', async (name) => {
    const { server, socket } = await serve(name)
    await using _server = server
    const [pid, status, text] = await ask([], socket, '/whoami')
    expect([status, JSON.parse(text)]).toEqual([200, { pid, uid: process.geteuid!(), gid: process.getegid!() }])
  })

  withPeer('an ordinary user', 'a caller of another user', () => {
    it('is refused', async () => {
      const { server, socket } = await serve('http')
      await using _server = server
      expect((await ask(ordinaryUser, socket, '/')).slice(1)).toEqual([403, `not for uid ${OTHER.uid}\n`])
    })
  })
})
