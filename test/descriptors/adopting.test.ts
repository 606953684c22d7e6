/**
 * Sockets of Node's own that go on as ours, and what cannot be passed on.
 */
import { execFileSync, spawn } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import tls from 'node:tls'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { constants, createSocket, credentials, MessageSocket, peerCredentials, rights } from '../../src/index.ts'
import { close, socket } from '../../src/libc.ts'
import { openDescriptors } from '../support/fds.ts'
import { ROOT } from '../support/peers.ts'
import { tempDir } from '../support/processes.ts'
import { TestFile } from './file.ts'

const socketPath = (): string => join(tempDir(), 'socket')

/** A server of Node's, a client of ours, and the connection as the server has it. */
async function connection(
  options: net.ServerOpts, at = socketPath(),
): Promise<{ server: net.Server; client: MessageSocket<typeof rights>; accepted: net.Socket }> {
  const server = net.createServer(options).listen(at)
  await once(server, 'listening')
  const [[accepted], client] = await Promise.all([
    once(server, 'connection') as Promise<[net.Socket]>, MessageSocket.connect(at, { type: 'stream', receive: [rights] }),
  ])
  return { server, client, accepted }
}

describe('a net.Socket', () => {
  it('becomes a MessageSocket with the data and descriptors that arrived before', async () => {
    using file = new TestFile()
    const { server, client, accepted } = await connection({ pauseOnConnect: true })
    await client.send('early', { control: [rights([file.fd])] })
    await using adopted = MessageSocket.adopt(accepted, { receive: [rights] })
    expect(accepted.destroyed).toBe(true)
    const message = (await adopted.receive())!
    expect(String(message.data)).toBe('early')
    expect(message.get(rights)).toHaveLength(1)
    message[Symbol.dispose]()
    await adopted.send('back')
    expect(String((await client.receive())?.data)).toBe('back')
    server.close()
    await client.close()
  })

  it('can be inspected first, and returned to Node', async () => {
    const { server, client, accepted } = await connection({ pauseOnConnect: true })
    const adopted = MessageSocket.adopt(accepted, { receive: [credentials] })
    expect(peerCredentials(adopted)?.pid).toBe(process.pid)
    await client.send('who')
    expect((await adopted.receive())?.get(credentials)?.pid).toBe(process.pid)
    const { fd } = adopted.detach()
    const socket = new net.Socket({ fd: fd.take(), readable: true, writable: true })
    await client.send('then')
    expect(String((await once(socket, 'data'))[0])).toBe('then')
    socket.destroy()
    server.close()
    await client.close()
  })

  it('that Node has read from is refused, and stays', async () => {
    const { server, client, accepted } = await connection({})
    await client.send('read')
    await once(accepted, 'data')
    expect(() => MessageSocket.adopt(accepted)).toThrow(/pauseOnConnect/)
    expect(accepted.destroyed).toBe(false)
    accepted.write(Buffer.alloc(5_000_000))
    expect(() => MessageSocket.adopt(accepted)).toThrow(RangeError)
    accepted.destroy()
    server.close()
    await client.close()
  })

  it('with bytes that wait to be written, with TLS, or closed is refused', async () => {
    const { server, client, accepted } = await connection({ pauseOnConnect: true })
    accepted.write(Buffer.alloc(5_000_000))
    expect(() => MessageSocket.adopt(accepted)).toThrow(/Node has not yet written \d+ bytes?$/)
    accepted.destroy()
    expect(() => MessageSocket.adopt(accepted)).toThrow(/closed/)
    const secure = new tls.TLSSocket(new net.Socket())
    expect(() => MessageSocket.adopt(secure)).toThrow(RangeError)
    secure.destroy()
    server.close()
    await client.close()
  })

  it('whose end waits, or to which data was put back, is refused', async () => {
    const { server, client, accepted } = await connection({ pauseOnConnect: true })
    accepted.unshift('again')
    expect(() => MessageSocket.adopt(accepted)).toThrow(/: 5 bytes put back with unshift\(\) would be lost$/)
    expect(String(accepted.read())).toBe('again')
    accepted.end()
    expect(() => MessageSocket.adopt(accepted)).toThrow(/: end\(\) was called, and its end is not sent yet$/)
    expect(await client.receive()).toBeUndefined()
    accepted.destroy()
    server.close()
    await client.close()
  })

  it('stays unchanged if the options are refused', async () => {
    const { server, client, accepted } = await connection({ pauseOnConnect: true })
    const before = openDescriptors().size
    expect(() => MessageSocket.adopt(accepted, { messageSize: -1 })).toThrow(RangeError)
    expect(openDescriptors().size).toBe(before)
    accepted.end('still Node\'s')
    expect(String((await client.receive())?.data)).toBe('still Node\'s')
    accepted.destroy()
    server.close()
    await client.close()
  })
})

describe('a net.Server', () => {
  it('becomes a listening MessageSocket with its port', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await using adopted = MessageSocket.adopt(server)
    expect(server.listening).toBe(false)
    const client = net.connect(port, '127.0.0.1')
    const accepted = await adopted.accept()
    await accepted.send('ours')
    expect(String((await once(client, 'data'))[0])).toBe('ours')
    client.destroy()
    await accepted.close()
  })

  it('keeps its socket file, which Node would remove, until removal is requested', async () => {
    const at = socketPath()
    const server = net.createServer().listen(at)
    await once(server, 'listening')
    const adopted = MessageSocket.adopt(server, { receive: [credentials], unlink: true })
    expect(existsSync(at)).toBe(true)
    const client = await MessageSocket.connect(at, { type: 'stream' })
    await client.send('x')
    const accepted = await adopted.accept()
    expect((await accepted.receive())?.get(credentials)?.pid).toBe(process.pid)
    for (const socket of [client, accepted, adopted]) await socket.close()
    expect(existsSync(at)).toBe(false)
  })

  it('that does not listen is refused', () => {
    expect(() => MessageSocket.adopt(net.createServer())).toThrow(/not yet open/)
  })

  it('whose descriptor another process has is refused with the reason', () => {
    const server = net.createServer()
    // As in a worker of node:cluster.
    Object.assign(server, { _handle: { close: () => {}, ref: () => {}, unref: () => {}, listen: () => 0 } })
    expect(() => MessageSocket.adopt(server)).toThrow(expect.objectContaining({
      code: 'ERR_CMSG_OUT_OF_RANGE', message: expect.stringMatching(/not accessible in this process.*node:cluster.*exclusive/) as string,
    }))
  })
})

describe('a dgram.Socket', () => {
  it('becomes a MessageSocket with its port', async () => {
    const socket = dgram.createSocket('udp4')
    await new Promise<void>((resolve) => { socket.bind(0, '127.0.0.1', resolve) })
    const { port } = socket.address()
    await using adopted = MessageSocket.adopt(socket)
    expect(adopted.address).toEqual({ address: '127.0.0.1', port })
    await using sender = MessageSocket.open({ family: 'inet', type: 'datagram' })
    await sender.send('x', { to: adopted.address })
    expect(String((await adopted.receive())?.data)).toBe('x')
  })

  it('with a send that waits is refused, and stays', async () => {
    const socket = dgram.createSocket('udp4')
    await new Promise<void>((resolve) => { socket.bind(0, '127.0.0.1', resolve) })
    // On the loopback interface the kernel always has room.
    socket.getSendQueueCount = () => 2
    expect(() => MessageSocket.adopt(socket)).toThrow(expect.objectContaining({
      code: 'ERR_CMSG_OUT_OF_RANGE', message: expect.stringMatching(/Node has not yet sent 2 messages/) as unknown,
    }))
    expect(socket.address().port).toBeGreaterThan(0)
    socket.close()
  })
})

describe('a standard stream of the process', () => {
  it('is adopted by its number, as its error says', () => {
    const module = JSON.stringify(join(ROOT, 'src/index.ts'))
    const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', `
      import { MessageSocket } from ${module}
      try { MessageSocket.adopt(process.stdin) } catch (error) { console.log(error.message) }
      const socket = MessageSocket.adopt(0)
      console.log(String((await socket.receive()).data))
      await socket.close()`], { input: 'hello', cwd: ROOT, encoding: 'utf8' })
    expect(output.split('\n')).toEqual([
      'Cannot adopt an object (Socket), which owns its descriptor: it is a standard stream of the process; '
      + 'adopt its number, MessageSocket.adopt(0), and do not use the stream', 'hello', '',
    ])
  })
})

describe('an object that owns its descriptor', () => {
  it('is refused, since what it has read would be lost', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    const stream = a.toDuplex()
    const datagrams = createSocket('unix_dgram')
    for (const owner of [b, stream, datagrams]) {
      expect(() => MessageSocket.adopt(owner as never)).toThrow(expect.objectContaining({
        code: 'ERR_CMSG_OUT_OF_RANGE', message: expect.stringMatching(/^Cannot adopt an object .*, which owns its descriptor: /) as unknown,
      }))
    }
    stream.write('still works')
    expect(String((await b.receive())?.data)).toBe('still works')
    stream.destroy()
    datagrams.close()
    await b.close()
  })
})

it('the descriptor of another socket is refused until that has handed it over, but not its number under another file', async () => {
  const [a, b] = MessageSocket.pair({ type: 'datagram' })
  const { fd } = b
  for (const from of [fd, { _handle: { fd } }]) {
    expect(() => MessageSocket.adopt(from as number)).toThrow(`Cannot adopt file descriptor ${fd}: another socket of this library owns it`)
  }
  const waiting = b.receive()
  await a.send('still works')
  expect(String((await waiting)?.data)).toBe('still works')
  await MessageSocket.adopt(b.detach().fd).close()
  const [d, c] = MessageSocket.pair({ type: 'datagram' })
  const number = c.fd
  close(number)
  const others = [socket(constants.AF_UNIX, constants.SOCK_DGRAM)]
  while (!others.includes(number)) others.push(socket(constants.AF_UNIX, constants.SOCK_DGRAM))
  const stranger = MessageSocket.adopt(number)
  await c.close()
  expect(stranger.getOption(constants.SOL_SOCKET, constants.SO_TYPE)).toBe(constants.SOCK_DGRAM)
  await stranger.close()
  for (const other of others) if (other !== number) close(other)
  await d.close()
  await a.close()
})

describe('an object that is not a socket', () => {
  it('is refused: a file, which stays open, and values without a descriptor', () => {
    using file = new TestFile()
    expect(() => MessageSocket.adopt(file.fd)).toThrow(
      `getsockopt ENOTSOCK: adopt expected an open socket, and got file descriptor ${file.fd}`,
    )
    expect(() => MessageSocket.adopt(99_999)).toThrow(expect.objectContaining({
      code: 'EBADF', errno: -9, syscall: 'getsockopt',
      message: 'getsockopt EBADF: adopt expected an open socket, and got file descriptor 99999',
    }))
    for (const wrong of [undefined, null, 'socket', {}, []]) expect(() => MessageSocket.adopt(wrong as never)).toThrow(TypeError)
  })

  it('is refused with a hint if it is a child process', async () => {
    const child = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] })
    expect(() => rights([child as never])).toThrow(/child\.stdin/)
    expect(() => rights([child.stdin as never])).not.toThrow()
    child.stdin.end()
    await once(child, 'close')
    expect(() => rights([child as never])).toThrow(/a child process has none/)
  })

  it('a MessageSocket cannot be posted to a Worker, but its number can', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    const { port1, port2 } = new MessageChannel()
    expect(() => { port1.postMessage(a) }).toThrow(expect.objectContaining({ name: 'DataCloneError' }))
    expect(() => { port1.postMessage({ within: [a] }) }).toThrow(expect.objectContaining({ name: 'DataCloneError' }))
    expect(() => structuredClone(a)).toThrow()
    port1.postMessage(a.detach().fd.take())
    const fd = await new Promise<number>((resolve) => { port2.once('message', resolve) })
    await using heir = MessageSocket.adopt(fd)
    await b.send('x')
    expect(String((await heir.receive())?.data)).toBe('x')
    port1.close()
    await b.close()
  })
})
