/**
 * Stack traces: their first line is the one that called.
 */
import { describe, expect, it } from 'vitest'
import { MessageSocket, credentials, encodeAddress, peerCredentials, rights, structs } from '../../src/index.ts'
import { close, getsockopt, recvmsg, sendmsg, socketpair, constants, type SystemError } from '../../src/libc.ts'
import { createSocket, type UnixDgramSocket } from '../../src/dgram.ts'
import { USocket, UServer } from '../../src/usocket.ts'
import { start, typescript } from '../support/processes.ts'
import { path } from './helpers.ts'

const { AF_UNIX, SOCK_DGRAM, MSG_DONTWAIT } = constants

/** Closes the socket, whatever happens. */
function withDropIn(run: (socket: UnixDgramSocket) => void): void {
  const socket = createSocket('unix_dgram')
  try {
    run(socket)
  } finally {
    socket.close()
  }
}

const here = (error: unknown): void => {
  const { stack, message, name } = error as Error
  const [header, ...frames] = stack!.split('\n')
  expect(header).toBe(`${name}: ${message}`)
  expect(frames[0]).toMatch(/at .*test\/socket\/stack\.test\.ts:\d+:\d+\)?$/)
  expect(frames.length).toBeLessThanOrEqual(Error.stackTraceLimit)
}
const thrown = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('the stack trace begins at the caller', () => {
  it.each<[string, () => unknown]>([
    ['a system call that fails', () => { close(1_000_000) }],
    ['a raw receive',
      () => { const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM); try { recvmsg(a, {}, MSG_DONTWAIT) } finally { close(a); close(b) } }],
    ['a wrong argument', () => { sendmsg(0, { buffers: [7 as unknown as Uint8Array] }) }],
    ['a wrong address', () => { encodeAddress({ address: 'localhost', port: 1 }) }],
    ['a wrong struct', () => { structs.ucred.write(new DataView(new ArrayBuffer(2)), 0, { pid: 1, uid: 1, gid: 1 }) }],
    ['a socket that cannot be', () => { MessageSocket.open({ family: 'inet', type: 'datagram', receive: [credentials as never] }) }],
    ['a bind', () => { MessageSocket.bind('/no/such/folder/socket', { type: 'datagram' }) }],
    ['a descriptor that is not open', () => { rights([-1]) }],
    ['a peer', () => { peerCredentials(1_000_000) }],
    ['an option', () => { getsockopt(1_000_000, 1, 1) }],
  ])('of %s', (_, run) => { here(thrown(run)) })

  it.each<[string, () => unknown]>([
    ['a bind', () => withDropIn((socket) => { socket.bind('/no/such/folder/socket') })],
    ['a send', () => withDropIn((socket) => { socket.send(Buffer.from('x'), 0, 1, '/no/such/socket') })],
    ['a second close', () => { const socket = createSocket('unix_dgram'); socket.close(); socket.close() }],
    ['a method that is not implemented', () => withDropIn((socket) => { (socket as unknown as { setTTL(): void }).setTTL() })],
    ['congestion', () => {
      const [at, server, client] = [path(), createSocket('unix_dgram').unref(), createSocket('unix_dgram').unref()]
      server.bind(at)
      client.connect(at)
      let error: unknown
      while (error === undefined) client.send('x', (failure) => { error = failure })
      server.close()
      client.close()
      throw error
    }],
    ['a second connect', () => {
      const socket = new USocket().on('error', () => {})
      socket.connect('/no/such/socket')
      try { socket.connect('/no/such/socket') } finally { socket.destroy() }
    }],
    ['a second listen', () => {
      const server = new UServer()
      server.listen('/no/such/folder/socket')
      try { server.listen('/no/such/folder/socket') } finally { server.close() }
    }],
  ])('of a drop-in: %s', (_, run) => { here(thrown(run)) })

  it('of a write before the connection', async () => {
    here(await new Promise((resolve) => { new USocket().write('x', resolve) }))
  })

  it.each<[string, (socket: MessageSocket) => Promise<unknown>]>([
    ['send', (socket) => socket.send('x', { to: '/no/such/socket' })],
    ['send with a wrong argument', (socket) => socket.send(7 as unknown as string)],
    ['sendMany', (socket) => socket.sendMany([{ data: 'x', to: '/no/such/socket' }])],
    ['connect', (socket) => socket.connect('/no/such/socket')],
    ['receive on a closed socket', async (socket) => { await socket.close(); await socket.receive() }],
  ])('of a rejected %s', async (_, run) => {
    await using socket = MessageSocket.open({ family: 'unix', type: 'datagram' })
    here(await run(socket).then(() => undefined, (error: unknown) => error))
  })

  it('however small the limit is, and can be replaced', () => {
    const { stackTraceLimit } = Error
    try {
      Error.stackTraceLimit = 1
      const error = thrown(() => { MessageSocket.bind('/no/such/folder/socket', { type: 'datagram' }) }) as SystemError
      expect(Error.stackTraceLimit).toBe(1)
      here(error)
      error.stack = 'other'
      expect([error.stack, Object.keys(error)]).toEqual(['other', ['errno', 'code', 'syscall', 'address']])
      Error.stackTraceLimit = 0
      expect((thrown(() => { close(1_000_000) }) as Error).stack).toBe('SystemError: close EBADF')
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
  })

  it('unless the program formats traces itself', () => {
    const { prepareStackTrace } = Error
    const failed = (): Error => thrown(() => { close(1_000_000) }) as Error
    try {
      Error.prepareStackTrace = (error, frames) => ({ message: error.message, is: error instanceof Error, frames: frames.length > 0 })
      expect(failed().stack).toEqual({ message: 'close EBADF', is: true, frames: true })
      Error.prepareStackTrace = (error) => `formatted: ${error.message}`
      expect(failed().stack).toBe('formatted: close EBADF')
      Error.prepareStackTrace = () => undefined
      expect(failed().stack).toBeUndefined()
      Error.prepareStackTrace = () => { throw new Error('cannot format') }
      expect(() => failed().stack).toThrow('cannot format')
      Error.prepareStackTrace = (error, frames) => `${String(error)}\n${frames.map((frame) => `    at ${String(frame)}`).join('\n')}`
      here(failed())
    } finally {
      Error.prepareStackTrace = prepareStackTrace
    }
  })

  it('also in the built library, printed by Node', async () => {
    const program = start([process.execPath, '--input-type=module', '-e', `
      import { MessageSocket } from 'cmsg'
      function mine() { MessageSocket.bind('/no/such/folder/socket', { type: 'datagram' }) }
      try { mine() } catch (error) { console.log(error.stack.split('\\n')[1]) }`])
    expect((await program.output())[0]).toMatch(/^\s+at mine \(file:.*\[eval1\]:3:\d+\)$/)
  })

  it('also after a first error at which no descriptor was left', async () => {
    const program = start(['sh', '-c', 'ulimit -n 64 && exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', `
      import { closeSync, openSync } from 'node:fs'
      import { MessageSocket } from 'cmsg'
      function mine() {
        try { MessageSocket.bind('/no/such/folder/socket', { type: 'datagram' }) } catch (error) { return error.stack.split('\\n')[1] }
      }
      const taken = []
      try { for (;;) taken.push(openSync('/dev/null')) } catch {}
      mine()
      taken.forEach(closeSync)
      console.log(mine())`])
    expect((await program.output())[0]).toMatch(/^\s+at mine \(/)
  })

  it('even if Node is between the caller and this package', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    const stream = a.toDuplex()
    await b.close()
    const failed = new Promise((resolve) => { stream.once('error', resolve) })
    stream.write('x')
    here(await failed)
  })

  it('keeps all frames without a caller', async () => {
    const program = start(typescript('test/socket/stack.program.ts'))
    const lines = await program.output()
    expect(lines[0]).toBe('SystemError: sendmsg ECONNREFUSED')
    expect(lines.some((line) => line.includes('/src/socket/sending/'))).toBe(true)
  })
})
