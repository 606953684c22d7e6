/**
 * The declarations, as the compilers of users read them: TypeScript 5.4 and the newest, by each way to resolve modules, with
 * the declarations themselves checked.
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { start } from '../support/processes.ts'
import { directoryInProject, PATIENCE, project, withConsumers } from './project.ts'

const program = `
import { MessageSocket, credentials, rights, type Credentials } from 'cmsg'
import { recvmsg } from 'cmsg/libc'
import { defineStruct } from 'cmsg/codec'
import { createSocket } from 'cmsg/dgram'
import { notify } from 'cmsg/systemd'
import { USocket } from 'cmsg/usocket'

export async function sender(): Promise<Credentials | undefined> {
  const receive = [credentials, rights] as const
  const socket: MessageSocket<typeof credentials | typeof rights> = MessageSocket.open({ family: 'unix', type: 'datagram', receive })
  const message = await socket.receive()
  return message?.get(credentials)
}
export const data: Buffer = recvmsg(0).data
export const size: number = defineStruct({ a: 'i32' }).size
export const old: (path: string) => void = createSocket('unix_dgram').bind
export const ready: Promise<boolean> = notify('READY=1')
export const stream: USocket = new USocket()
// @ts-expect-error: it is not a string
export const wrong: string = recvmsg(0).data`

const forBrowsers = `
import { credentials, encodeControl, structs } from 'cmsg/codec'
export const control: Uint8Array = encodeControl([credentials({ pid: 1, uid: 2, gid: 3 })])
export const size: number = structs.ucred.size
// @ts-expect-error: not known there
Buffer.alloc(1)`

interface Resolution {
  readonly options: object
  readonly text?: string
  /** The first version that does not have it any more. */
  readonly until?: number
}
const resolutions: Readonly<Record<string, Resolution>> = {
  node16: { options: { module: 'node16', moduleResolution: 'node16', types: ['node'] } },
  nodenext: { options: { module: 'nodenext', moduleResolution: 'nodenext', types: ['node'] } },
  bundler: { options: { module: 'esnext', moduleResolution: 'bundler', types: ['node'] } },
  node10: { options: { module: 'commonjs', moduleResolution: 'node10', types: ['node'] }, until: 6 },
  'a browser': { options: { module: 'esnext', moduleResolution: 'bundler', types: [], lib: ['es2022', 'dom'] }, text: forBrowsers },
}

withConsumers('compiled by TypeScript', [], () => {
  describe.each(['5.4', '5.9', 'newest'])('%s', (version) => {
    it.each(Object.entries(resolutions))('program and declarations compile, by %s', { timeout: PATIENCE }, async (_, resolution) => {
      const { options, text = program, until = Infinity } = resolution
      const compiler = join(project, 'node_modules', `typescript-${version}`)
      const { version: exact } = JSON.parse(readFileSync(join(compiler, 'package.json'), 'utf8')) as { version: string }
      if (parseInt(exact) >= until) return
      const settings = { strict: true, noEmit: true, skipLibCheck: false, target: 'es2022', lib: ['es2022'], ...options }
      const directory = directoryInProject({
        'package.json': '{ "type": "module" }', 'program.ts': text,
        'tsconfig.json': JSON.stringify({ compilerOptions: settings, files: ['program.ts'] }),
      })
      const run = start([process.execPath, join(compiler, 'bin/tsc'), '-p', directory])
      const status = await run.exit(PATIENCE)
      expect({ status, lines: run.lines }).toEqual({ status: 0, lines: [] })
    })
  })
})
