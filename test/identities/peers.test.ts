/**
 * Who is at the other end of a connection: of a MessageSocket, of Node's own sockets, of a number.
 */
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MessageSocket, OwnedFd, Pidfd, credentials, peerCredentials, peerGroups, peerPidfd, peerSecurity } from '../../src/index.ts'
import { close, constants, dup, socketpair } from '../../src/libc.ts'
import { OTHER, withPeer } from '../support/peers.ts'
import { start, tempDir, type Running } from '../support/processes.ts'
import { listen, of, sender, senderUnder } from './senders.ts'

const me = { pid: process.pid, uid: process.geteuid!(), gid: process.getegid!() }

/** A process that connects to a path, prints the groups it is in and what it is told of us, and waits. */
const client = (path: string): Running => start(['python3', '-B', '-c', `
import os, socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
print(sorted(os.getgroups()), flush=True)
print(*struct.unpack('iII', s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)), flush=True)
try:
    label = s.getsockopt(socket.SOL_SOCKET, 31, 4096)
except OSError as error:
    label = None
print(label, flush=True)
s.recv(1)`, path])

/** Accepts connections with Node's own server, of any user. */
async function accepting() {
  const path = join(tempDir(0o711), 's')
  const sockets: net.Socket[] = []
  // As they are: a socket that nobody reads from is not ended for its peer's end.
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => sockets.push(socket)).listen({
    path, writableAll: true,
  })
  await once(server, 'listening')
  const accept = async (): Promise<net.Socket> => ((await once(server, 'connection')) as [net.Socket])[0]
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  return { path, accept, close }
}

describe('the peer of a pair, which is this process,', () => {
  it.each(['datagram', 'seqpacket', 'stream'] as const)('is known: %s', (type) => {
    const [a, b] = MessageSocket.pair({ type })
    using _a = a
    using _b = b
    for (const ask of [() => a.peerCredentials(), () => peerCredentials(a), () => peerCredentials(a.fd)]) expect(ask()).toEqual(me)
    const ours = [...(process.getgroups?.() ?? [])].filter((gid) => gid !== process.getegid!()).sort((x, y) => x - y)
    for (const ask of [() => a.peerGroups(), () => peerGroups(a), () => peerGroups(a.fd)]) {
      expect(ask()!.filter((gid) => gid !== process.getegid!()).sort((x, y) => x - y)).toEqual(ours)
    }
    for (const ask of [() => a.peerPidfd(), () => peerPidfd(a), () => peerPidfd(a.fd)]) {
      using handle = ask()
      expect(handle).toBeInstanceOf(Pidfd)
      expect([handle!.pid, handle!.alive]).toEqual([process.pid, true])
    }
    expect(a.peerSecurity()).toBe(peerSecurity(a.fd))
  })

  it('is found by a number, and by objects that have one', () => {
    const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_STREAM)
    using owned = new OwnedFd(dup(a))
    expect([peerCredentials(a), peerCredentials({ fd: a }), peerCredentials(owned)]).toEqual([me, me, me])
    close(a)
    close(b)
  })
})

withPeer('python3', 'the peer of a net.Socket, which is another process,', () => {
  it('is known to the accepting and the connecting side', async () => {
    const server = await accepting()
    const other = client(server.path)
    const socket = await of(other, server.accept())
    expect(peerCredentials(socket)).toEqual({ ...me, pid: other.pid })
    {
      using handle = peerPidfd(socket)
      expect([handle?.pid, handle?.alive]).toEqual([other.pid, true])
      expect(handle?.info()?.ppid).toBe(process.pid)
    }
    expect(JSON.stringify(peerGroups(socket)!.toSorted((a, b) => a - b))).toBe((await other.line(/^\[/)).replaceAll(' ', ''))
    // And what it is told of us, by an implementation that is not ours.
    expect(await other.line(/^\d/)).toBe(`${me.pid} ${me.uid} ${me.gid}`)
    // Labels are for those who have a security module for them.
    const label = await other.line(/^(None|b')/)
    expect(peerSecurity(socket) === undefined).toBe(label === 'None' || label === "b''")

    const connected = net.connect(server.path)
    await once(connected, 'connect')
    expect(peerCredentials(connected)).toEqual(me)
    connected.destroy()
    socket.end('x')
    await other.output()
    await server.close()
  })

  it('has credentials and a pidfd that reports its end, after it has ended', async () => {
    const server = await accepting()
    const other = client(server.path)
    const socket = await of(other, server.accept())
    const { pid } = other
    await other.stop()
    expect(peerCredentials(socket)).toEqual({ ...me, pid })
    using handle = peerPidfd(socket)
    expect([handle?.alive, handle?.pid, handle?.info()]).toEqual([false, -1, undefined])
    socket.destroy()
    await server.close()
  })

  it('is known to a MessageSocket too, connected and accepted', async () => {
    const { name, socket } = listen('seqpacket', [])
    const other = sender(name, ['--type', 'seqpacket'])
    const accepted = await of(other, socket.accept())
    expect(accepted.peerCredentials()).toEqual({ ...me, pid: other.pid })
    const connected = await MessageSocket.connect({ abstract: name }, { type: 'seqpacket' })
    expect(connected.peerCredentials()).toEqual(me)
    for (const open of [connected, accepted, socket]) await open.close()
    await other.stop()
  })
})

describe('the peer is unknown for', () => {
  const all = [peerCredentials, peerPidfd, peerGroups, peerSecurity] as const
  const unknown = all.map(() => undefined)

  /** Makes a server listen. Returns the path of its socket. */
  async function listening(server: net.Server): Promise<string> {
    const path = join(tempDir(), 's')
    server.listen(path)
    await once(server, 'listening')
    return path
  }

  it('a datagram socket that is connected by name, for which the kernel returns {0, -1, -1}', async () => {
    using server = MessageSocket.bind({ unnamed: true }, { type: 'datagram' })
    using socket = await MessageSocket.connect(server.address, { type: 'datagram' })
    expect([socket.peerCredentials(), socket.peerPidfd(), socket.peerGroups()]).toEqual([undefined, undefined, undefined])
  })

  it('a socket that is not connected', () => {
    for (const type of ['datagram', 'seqpacket', 'stream'] as const) {
      using socket = MessageSocket.open({ family: 'unix', type })
      expect([socket.peerCredentials(), socket.peerPidfd(), socket.peerGroups(), socket.peerSecurity()], type).toEqual([
        undefined, undefined, undefined, undefined,
      ])
    }
  })

  it.each(['seqpacket', 'stream'] as const)('a listening %s socket, for which the kernel returns its own process', async (type) => {
    using socket = MessageSocket.bind({ unnamed: true }, { type })
    for (const listener of [socket, socket.fd, { fd: socket.fd }]) {
      expect([peerCredentials(listener), peerPidfd(listener), peerGroups(listener), peerSecurity(listener)]).toEqual([
        undefined, undefined, undefined, undefined,
      ])
    }
    expect([socket.peerCredentials(), socket.peerPidfd(), socket.peerGroups(), socket.peerSecurity()]).toEqual([
      undefined, undefined, undefined, undefined,
    ])
    const server = net.createServer().listen(join(tempDir(), 's'))
    await once(server, 'listening')
    expect([peerCredentials(server), peerPidfd(server), peerGroups(server)]).toEqual([undefined, undefined, undefined])
    server.close()
    await once(server, 'close')
  })

  it('a connection over TCP, whose peer may be anywhere', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    expect(all.map((ask) => ask(socket))).toEqual(unknown)
    socket.destroy()
    server.close()
    await once(server, 'close')
  })

  it('a net.Socket that is destroyed because its client has gone', async () => {
    const server = await accepting()
    const client = net.connect(server.path)
    const socket = await server.accept()
    socket.resume()
    client.destroy()
    socket.destroy()
    for (const gone of [socket, client]) {
      expect(all.map((ask) => ask(gone))).toEqual(unknown)
    }
    await server.close()
  })

  it('the socket of an HTTP request whose client goes away while the handler waits', async () => {
    const server = http.createServer()
    const client = net.connect(await listening(server))
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    const [{ socket }] = await once(server, 'request') as [http.IncomingMessage]
    expect(peerCredentials(socket)).toEqual(me)
    client.destroy()
    await once(socket, 'close')
    expect(all.map((ask) => ask(socket))).toEqual(unknown)
    server.close()
    await once(server, 'close')
  })

  it('the socket of an HTTP/2 session that has ended, which throws whatever is read', async () => {
    const server = http2.createServer()
    const client = net.connect(await listening(server))
    client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    const [session] = await once(server, 'session') as [http2.ServerHttp2Session]
    const { socket } = session
    client.destroy()
    await once(session, 'close')
    expect(peerCredentials(socket)).toBeUndefined()
    server.close()
    await once(server, 'close')
  })

  it('a file that is not a socket, or is closed, which is an error', async () => {
    const socket = MessageSocket.open({ family: 'unix', type: 'stream' })
    await socket.close()
    const unopened = new net.Socket()
    for (const ask of [peerCredentials, peerPidfd, peerGroups, peerSecurity]) {
      expect(() => ask(constants.INT_MAX)).toThrow(expect.objectContaining({ code: 'EBADF' }))
      expect(() => ask(socket)).toThrow(expect.objectContaining({ code: 'ERR_CMSG_CLOSED' }))
      expect(() => ask(unopened)).toThrow(expect.objectContaining({ code: 'ERR_CMSG_OUT_OF_RANGE' }))
      expect(() => ask('socket' as never)).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_ARG_TYPE' }))
      expect(() => ask(-1)).toThrow(expect.objectContaining({ code: 'ERR_CMSG_OUT_OF_RANGE' }))
    }
    const file = openSync('/dev/null', 'r')
    for (const ask of [peerCredentials, peerPidfd, peerGroups, peerSecurity]) {
      expect(() => ask(file)).toThrow(expect.objectContaining({ code: 'ENOTSOCK' }))
    }
    closeSync(file)
  })
})

withPeer(['root', 'an ordinary user'], 'a peer with other ids', () => {
  it.each([0, 1, 64, 65, 300, 5000])('has %d groups', async (count) => {
    const groups = Array.from({ length: count }, (_, i) => 100_000 + i * 3)
    const { name, socket } = listen('stream', [])
    const list = count === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`
    const other = senderUnder(['setpriv', `--reuid=${OTHER.uid}`, `--regid=${OTHER.gid}`, list], name, 'stream')
    const accepted = await of(other, socket.accept())
    expect(accepted.peerGroups()).toEqual(groups)
    expect(accepted.peerCredentials()).toEqual({ ...OTHER, pid: other.pid })
    // Node adds the effective group to the list.
    const said = JSON.parse(await other.line(/^\{/)) as { groups: number[] }
    expect(said.groups.filter((gid) => gid !== OTHER.gid)).toEqual(groups)
    for (const open of [accepted, socket]) await open.close()
    await other.stop()
  })

  it('has its real ids in a message, and its effective ids in a connection', async () => {
    const { name, socket } = listen('stream', [credentials])
    const other = senderUnder(['setpriv', `--ruid=${OTHER.uid}`, `--rgid=${OTHER.gid}`, '--clear-groups'], name, 'stream')
    const accepted = await of(other, socket.accept())
    using message = await accepted.receive()
    expect(message?.get(credentials)).toEqual({ pid: other.pid, ...OTHER })
    expect(accepted.peerCredentials()).toEqual({ pid: other.pid, uid: 0, gid: 0 })
    for (const open of [accepted, socket]) await open.close()
    await other.stop()
  })
})

describe('the peer of a connection that has not been accepted yet', () => {
  it('is the listening process', async () => {
    const path = join(tempDir(), 's')
    const server = MessageSocket.bind(path, { type: 'stream' })
    const socket = await MessageSocket.connect(path, { type: 'stream' })
    expect(socket.peerCredentials()).toEqual(me)
    for (const open of [socket, server]) await open.close()
  })
})
