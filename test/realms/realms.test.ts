/**
 * The library in `vm` contexts, which have globals of their own, and beside another copy of itself.
 */
import { once } from 'node:events'
import { cpSync, existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'
import { constants } from '../../generated/constants.ts'
import { dup } from '../../src/libc.ts'
import { maxDescriptorsAhead } from '../../src/limits.ts'
import type * as Cmsg from '../../src/index.ts'

const { SCM_MAX_FD } = constants

const versions =
  ['node20', 'node22', 'node26'].map((name) => ({ name, path: join(ROOT, '.cache/runtimes/node_modules', name, 'bin/node') }))
const nodes = [{ name: 'this Node', path: process.execPath }, ...versions.filter(({ path }) => existsSync(path))]

it.each(nodes)('the library works in a vm context: $name', async ({ path }) => {
  const program = start([path, '--no-warnings', '--experimental-vm-modules', 'test/realms/context.program.mjs'])
  const [realm, ...lines] = await program.output()
  expect(realm).toMatch(/^the realm has (undefined,undefined|symbol,symbol)$/)
  expect(lines).toEqual([
    'received data true',
    'owned false false false',
    'methods function function function function false',
    'closed true true',
  ])
})

describe('two copies of the package in one process', () => {
  let one: typeof Cmsg
  let two: typeof Cmsg

  beforeAll(async () => {
    const copies = ['one', 'two'].map((name) => {
      const directory = join(tempDir(), name)
      cpSync(join(ROOT, 'dist'), join(directory, 'dist'), { recursive: true })
      cpSync(join(ROOT, 'package.json'), join(directory, 'package.json'))
      symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
      return pathToFileURL(join(directory, 'dist/index.js')).href
    })
    ;[one, two] = await Promise.all(copies.map((url) => import(url) as Promise<typeof Cmsg>)) as [typeof Cmsg, typeof Cmsg]
    expect(one.MessageSocket).not.toBe(two.MessageSocket)
  })

  const sockets: { close(): Promise<void> }[] = []
  afterAll(async () => { for (const socket of sockets) await socket.close() })
  const pair = () => {
    const both = one.MessageSocket.pair({ type: 'seqpacket', receive: [two.rights, two.credentials, two.pidfd] })
    sockets.push(...both)
    return both
  }

  it('accept definitions and control messages of each other', async () => {
    const [a, b] = pair()
    await a.send('x', { control: [two.rights([0]), two.credentials({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() })] })
    const message = (await b.receive())!
    expect(message.get(two.credentials)!.pid).toBe(process.pid)
    expect(message.control.map(({ kind }) => kind).sort()).toEqual(['credentials', 'pidfd', 'rights'])
    message[Symbol.dispose]()
  })

  it('pass on descriptors, sockets and addresses of each other', async () => {
    const [a, b] = pair()
    const [other, end] = two.MessageSocket.pair({ type: 'datagram' })
    sockets.push(other, end)
    const owned = new two.OwnedFd(dup(other.fd))
    await a.send('x', { control: [one.rights([owned, other])] })
    const message = (await b.receive())!
    expect(message.controlTruncated).toBe(false)
    message[Symbol.dispose]()
    owned.close()
  })

  it('adopt descriptors of each other', async () => {
    const [a, b] = pair()
    const owned = new two.OwnedFd(dup(a.fd))
    const adopted = one.MessageSocket.adopt(owned)
    expect(owned.owned).toBe(false)
    await adopted.send('adopted')
    const message = (await b.receive())!
    expect(message.data.toString()).toBe('adopted')
    message[Symbol.dispose]()
    await adopted.close()
  })

  it('adopt no number that a socket of the other has', () => {
    const [a, b] = one.MessageSocket.pair({ type: 'datagram' })
    sockets.push(a, b)
    expect(() => two.MessageSocket.adopt(a.fd)).toThrow(/another socket of this library owns it/)
  })

  it('destroy the stream that keeps the most descriptors, whichever copy it belongs to', async () => {
    const failed: unknown[] = []
    const streams = [one, two].map(({ MessageSocket, rights }) => {
      const [from, to] = MessageSocket.pair({ type: 'stream', receive: [rights] }).map((socket) => socket.toDuplex())
      to!.on('error', (error) => failed.push(to, error)).resume()
      return { from: from!, to: to! }
    })
    const limit = Math.max(SCM_MAX_FD, maxDescriptorsAhead())
    const [most, few] = streams as [typeof streams[0], typeof streams[0]]
    const keep = async ({ from, to }: typeof most, count: number): Promise<void> => {
      from.writeWithFds('x', Array<number>(count).fill(0))
      await once(to, 'data')
    }
    for (let kept = 0; kept + SCM_MAX_FD < limit; kept += SCM_MAX_FD) await keep(most, SCM_MAX_FD)
    for (let i = 0; i <= SCM_MAX_FD && failed.length === 0; i += 20) await keep(few, 20)
    expect(failed).toEqual([most.to, expect.objectContaining({ code: 'ERR_CMSG_BACKLOG' })])
    for (const { from, to } of streams) {
      from.destroy()
      to.destroy()
    }
  })

  it('create one owner of a descriptor, not two', async () => {
    const [a, b] = pair()
    await a.send('x', { control: [two.rights([0])] })
    const message = (await b.receive())!
    const owners = message.get(two.rights)!
    message[Symbol.dispose]()
    expect(owners.map(({ owned }) => owned)).toEqual([false])
  })
})
