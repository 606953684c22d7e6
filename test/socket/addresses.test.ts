import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { encodeAddress } from '../../src/codec.ts'
import { credentials, MessageSocket, rights, SystemError, type SocketType } from '../../src/index.ts'
import { bind, close, socket } from '../../src/libc.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'
import { start, tempDir, typescript } from '../support/processes.ts'

const { AF_UNIX, SOCK_STREAM, SOL_SOCKET, SO_PASSCRED } = constants
const types: readonly SocketType[] = ['datagram', 'seqpacket', 'stream']
const path = (): string => join(tempDir(), 'socket')

/** A socket file of a process that is gone. */
function stale(): string {
  const name = path()
  const fd = socket(AF_UNIX, SOCK_STREAM)
  bind(fd, encodeAddress(name))
  close(fd)
  return name
}

function failure(attempt: () => unknown): SystemError {
  try {
    attempt()
  } catch (error) {
    if (error instanceof SystemError) return error
    throw error
  }
  throw new Error('it did not fail')
}

describe.each(types)('a pathname in use, for a %s socket', (type) => {
  it('left by a process that ended fails with EADDRINUSE and a remedy, which works', async () => {
    const name = stale()
    const before = openDescriptors()
    const { code, syscall, address, message } = failure(() => MessageSocket.bind(name, { type }))
    expect({ code, syscall, address }).toEqual({ code: 'EADDRINUSE', syscall: 'bind', address: name })
    expect(message).toBe(
      `bind EADDRINUSE ${name}: this socket file was left by a process that has ended: remove it, or replace it with { unlink: true }`,
    )
    expect(newDescriptors(before)).toEqual([])

    const socket = MessageSocket.bind(name, { type, unlink: true })
    expect(socket.address).toEqual({ path: name })
    await socket.close()
    expect(existsSync(name)).toBe(false)
  })

  it.each(types)('by a living %s socket is left alone', async (other) => {
    const name = path()
    await using first = MessageSocket.bind(name, { type: other })
    for (const unlink of [false, true]) {
      expect(failure(() => MessageSocket.bind(name, { type, unlink })).message).toBe(`bind EADDRINUSE ${name}: a process is bound to it`)
    }
    expect(statSync(name).isSocket()).toBe(true)
    if (other === 'datagram') return
    // Nor has asking made a connection.
    const client = await MessageSocket.connect(name, { type: other })
    const connection = await first.accept()
    await client.send('the first connection there is')
    expect(String((await connection.receive())?.data)).toBe('the first connection there is')
    await client.close()
    await connection.close()
  })

  it('by a file, a directory or a link is left alone, with the reason', () => {
    const directory = tempDir()
    const [file, link] = [join(directory, 'file'), join(directory, 'link')]
    writeFileSync(file, 'content')
    symlinkSync('nowhere', link)
    for (const name of [file, link, directory]) {
      expect(failure(() => MessageSocket.bind(name, { type, unlink: true })).message)
        .toBe(`bind EADDRINUSE ${name}: a file that is not a socket exists there`)
    }
    expect(statSync(file).size).toBe(7)
  })
})

describe('a pathname', () => {
  it('is held before its socket listens', async () => {
    const name = path()
    await using first = MessageSocket.open({ family: 'unix', type: 'stream' })
    first.bind(name)
    expect(failure(() => MessageSocket.bind(name, { type: 'stream', unlink: true })).message).toMatch(/a process is bound to it$/)
  })

  it('stays when the socket is closed, unless it was to be unlinked', async () => {
    const name = path()
    await MessageSocket.bind(name, { type: 'datagram' }).close()
    expect(existsSync(name)).toBe(true)
    await MessageSocket.bind(name, { type: 'datagram', unlink: true }).close()
    expect(existsSync(name)).toBe(false)
  })

  it('is removed only if it is still ours', async () => {
    const name = path()
    const first = MessageSocket.bind(name, { type: 'datagram', unlink: true })
    renameSync(name, `${name}.old`)
    await using second = MessageSocket.bind(name, { type: 'datagram' })
    await first.close()
    await using client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    await client.send('to the second', { to: name })
    expect(String((await second.receive())?.data)).toBe('to the second')
  })

  it('that is stale is replaced by one process only, however many try at once', async () => {
    const name = stale()
    const go = join(tempDir(), 'go')
    const programs = Array.from({ length: 3 }, () => start([...typescript('test/socket/replacing.program.ts'), name, go]))
    await Promise.all(programs.map((program) => program.line('ready')))
    writeFileSync(go, '')
    const outcomes = await Promise.all(programs.map((program) => program.line(/^bound|^bind/)))
    expect(outcomes.sort()).toEqual([...Array<string>(2).fill(`bind EADDRINUSE ${name}: a process is bound to it`), 'bound'])
    // And it is the one that is reached.
    await using client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    await client.send('to the one', { to: name })
    expect((await Promise.all(programs.map((program) => program.output()))).flat()).toContain('to the one')
  })

  it('is removed even if the working directory has changed', async () => {
    const directory = tempDir()
    for (const name of ['socket', Buffer.from('caf\xe9', 'latin1')]) {
      const program = `
        import { existsSync } from 'node:fs'
        import { MessageSocket } from './src/index.ts'
        const path = Buffer.from('${Buffer.from(name).toString('hex')}', 'hex')
        process.chdir('${directory}')
        const socket = MessageSocket.bind({ path }, { type: 'datagram', unlink: true })
        const there = existsSync(path)
        process.chdir('/')
        await socket.close()
        process.chdir('${directory}')
        console.log(there, existsSync(path))`
      expect(await start([process.execPath, '--import', 'tsx', '--input-type=module', '-e', program]).output()).toEqual(['true false'])
    }
  })

  it('in a directory that cannot be entered any more does not keep the socket from being closed', async () => {
    const directory = tempDir()
    const inner = join(directory, 'inner')
    mkdirSync(inner)
    const socket = MessageSocket.bind(join(inner, 'socket'), { type: 'datagram', unlink: true })
    const { fd } = socket
    renameSync(inner, join(directory, 'moved'))
    // A loop of links in its place: to look there is ELOOP, as it would be EACCES for an ordinary user.
    symlinkSync('inner', inner)
    await socket.close()
    expect(openDescriptors().has(fd)).toBe(false)
  })

  it('may be missing when it is to be removed', async () => {
    const name = path()
    const one = MessageSocket.bind(name, { type: 'datagram', unlink: true })
    rmSync(name)
    await one.close()
  })

  it('is removed with the socket if listening fails', () => {
    const name = path()
    expect(() => MessageSocket.bind(name, { type: 'stream', unlink: true, backlog: -1 })).toThrow(RangeError)
    expect(existsSync(name)).toBe(false)
  })

  it('of the wrong kind is explained by its error', async () => {
    const name = path()
    await using _ = MessageSocket.bind(name, { type: 'stream' })
    expect(failure(() => MessageSocket.bind('/nowhere/socket', { type: 'datagram' })).message).toBe('bind ENOENT /nowhere/socket')
    await expect(MessageSocket.connect(name, { type: 'seqpacket' })).rejects.toMatchObject({
      code: 'EPROTOTYPE', syscall: 'connect', address: name,
    })
    await expect(MessageSocket.connect(stale(), { type: 'stream' })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(MessageSocket.connect('/nowhere/socket', { type: 'stream' })).rejects.toThrow('connect ENOENT /nowhere/socket')
  })
})

describe('autobind', () => {
  it('chooses five hex digits in the abstract namespace', async () => {
    await using socket = MessageSocket.bind({ unnamed: true }, { type: 'datagram' })
    const { address } = socket
    expect('abstract' in address && /^[0-9a-f]{5}$/.test(String(Buffer.from(address.abstract)))).toBe(true)
  })

  it('happens by itself for a sender that receives credentials, so it can get a reply', async () => {
    await using server = MessageSocket.bind(path(), { type: 'datagram' })
    await using client = MessageSocket.open({ family: 'unix', type: 'datagram', receive: [credentials] })
    expect(client.address).toEqual({ unnamed: true })
    await client.send('question', { to: server.address })
    const question = (await server.receive())!
    expect(question.address).toEqual(client.address)
    await server.send('answer', { to: question.address })
    expect((await client.receive())?.get(credentials)?.pid).toBe(process.pid)
  })

  it('does not happen for a sender that receives none', async () => {
    await using server = MessageSocket.bind(path(), { type: 'datagram' })
    await using client = MessageSocket.open({ family: 'unix', type: 'datagram', receive: [rights] })
    await client.send('question', { to: server.address })
    expect((await server.receive())?.address).toEqual({ unnamed: true })
    expect(client.getOption(SOL_SOCKET, SO_PASSCRED)).toBe(0)
  })
})

describe('a listener', () => {
  it.each(['seqpacket', 'stream'] as const)('lets its connections (%s) receive from the first byte on', async (type) => {
    await using listener = MessageSocket.bind(path(), { type, receive: [credentials, rights] })
    await using client = await MessageSocket.connect(listener.address, { type })
    // Sent before it is accepted.
    await client.send('early', { control: [rights([client])] })
    await using connection = await listener.accept()
    using message = (await connection.receive())!
    expect(message.get(credentials)).toEqual({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() })
    expect(message.get(rights)).toHaveLength(1)
  })

  it('iterates over its connections until it is closed', async () => {
    const name = path()
    const listener = MessageSocket.bind(name, { type: 'stream' })
    const served = (async () => {
      const texts: string[] = []
      for await (const connection of listener.connections()) {
        texts.push(String((await connection.receive())?.data))
        await connection.close()
      }
      return texts
    })()
    for (const text of ['1', '2', '3']) {
      const client = await MessageSocket.connect(name, { type: 'stream' })
      await client.send(text)
      expect(await client.receive()).toBeUndefined()
      await client.close()
    }
    await listener.close()
    expect(await served).toEqual(['1', '2', '3'])
  })

  it('accepts all waiting connections, and closes those not accepted', async () => {
    const before = openDescriptors()
    const name = path()
    const listener = MessageSocket.bind(name, { type: 'seqpacket' })
    const clients = await Promise.all(Array.from({ length: 40 }, () => MessageSocket.connect(name, { type: 'seqpacket' })))
    const accepted = await Promise.all(Array.from({ length: 30 }, () => listener.accept()))
    await listener.close()
    const end = await clients[39]!.receive().then((message) => message, ({ code }: SystemError) => code)
    expect([undefined, 'ECONNRESET']).toContain(end)
    for (const socket of [...clients, ...accepted]) await socket.close()
    // A close that may block goes on in a thread when it takes long.
    await expect.poll(() => newDescriptors(before).filter((line) => line.includes('socket:'))).toEqual([])
  })

  it('that is full makes a client wait, which can be aborted', async () => {
    const name = path()
    await using listener = MessageSocket.bind(name, { type: 'stream', backlog: 0 })
    await using first = await MessageSocket.connect(name, { type: 'stream' })
    const reason = new Error('enough')
    const controller = new AbortController()
    const aborted = MessageSocket.connect(name, { type: 'stream', signal: controller.signal })
    const second = MessageSocket.connect(name, { type: 'stream' })
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    const [one, other] = [await listener.accept(), await listener.accept()]
    for (const socket of [one, other, await second]) await socket.close()
    expect(await first.receive()).toBeUndefined()
  })

  it('that was created elsewhere can be adopted', async () => {
    const name = path()
    const fd = socket(AF_UNIX, SOCK_STREAM)
    bind(fd, encodeAddress(name))
    await using listener = MessageSocket.adopt(fd, { receive: [credentials] })
    await expect(listener.connections().next()).rejects.toThrow('Cannot accept on a socket that does not listen: call listen() first')
    await expect(listener.accept()).rejects.toThrow('Cannot accept on a socket that does not listen: call listen() first')
    listener.listen()
    const client = connect(name).on('error', () => {})
    await using connection = await listener.accept()
    client.end('from node:net')
    expect((await connection.receive())?.get(credentials)?.pid).toBe(process.pid)
    expect(await connection.receive()).toBeUndefined()
  })

  it('of node:net exchanges messages with a MessageSocket', async () => {
    const name = path()
    const server = createServer((socket) => socket.pipe(socket)).listen(name)
    await once(server, 'listening')
    await using client = await MessageSocket.connect(name, { type: 'stream' })
    await client.send('echo')
    expect(String((await client.receive())?.data)).toBe('echo')
    await client.close()
    server.close()
    await once(server, 'close')
  })
})

describe('adopting', () => {
  it('leaves the descriptor to the caller if it fails', () => {
    const fd = socket(AF_UNIX, SOCK_STREAM)
    expect(() => MessageSocket.adopt(fd, { messageSize: 0 })).toThrow(RangeError)
    close(fd)
    expect(failure(() => MessageSocket.adopt(fd)).code).toBe('EBADF')
    const file = openSync('/dev/null', 'r')
    expect(failure(() => MessageSocket.adopt(file)).code).toBe('ENOTSOCK')
    closeSync(file)
  })
})
