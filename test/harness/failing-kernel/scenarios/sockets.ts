/**
 * Sockets: made, bound, connected, accepted, ended, closed; and who is at the other end.
 * @module
 */
import { closeSync } from 'node:fs'
import { credentials, MessageSocket, OwnedFd, peerPidfd, pidfd, Pidfd, rights, type SocketType } from 'cmsg'
import * as libc from 'cmsg/libc'
import { Wrong } from '../stage.ts'
import { Child, expectMessages, fill, loopback, passable, removeIfThere, smallPair, textOf, type Scenario } from './support.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET, SO_TYPE, SO_TIMESTAMP, F_GETFL, O_NONBLOCK } = libc.constants

const endsAfterMessages = (type: SocketType, texts: readonly string[], withCredentials: boolean): Scenario => async (stage) => {
  const [a, b] = MessageSocket.pair({ type, receive: withCredentials ? [credentials] : [] })
  stage.keep(a)
  stage.keep(b)
  for (const text of texts) await stage.run('send', a.send(text))
  await a.close()
  const received: (string | undefined)[] = []
  do received.push(textOf(await stage.run('receive', b.receive())))
  while (received.at(-1) !== undefined && received.length < 10)
  if (type === 'stream') stage.equal('the bytes', received.join(''), texts.join(''))
  else stage.equal('the messages', received, [...texts, undefined])
  stage.equal('ended', b.ended, true)
}

const waitsForEnd = (type: SocketType): Scenario => async (stage) => {
  const [a, b] = MessageSocket.pair({ type })
  stage.keep(a)
  stage.keep(b)
  const received = stage.run('receive', b.receive())
  await stage.turns()
  await a.close()
  stage.equal('the end', await received, undefined)
}

const accepts = (type: 'stream' | 'seqpacket'): Scenario => async (stage) => {
  const listener = stage.keep(MessageSocket.bind(stage.name(), { type, receive: [credentials] }))
  const accepted = stage.run('accept', listener.accept())
  await stage.turns()
  const client = await stage.run('connect', MessageSocket.connect(listener.address, { type }))
  const server = await accepted
  await stage.run('send', client.send('hello'))
  const message = await stage.run('receive', server.receive())
  stage.equal('the message', textOf(message), 'hello')
  stage.equal('its sender', message!.get(credentials)?.pid, process.pid)
  await stage.run('send', server.send('welcome'))
  stage.equal('the answer', textOf(await stage.run('receive', client.receive())), 'welcome')
}

export const sockets: Readonly<Record<string, Scenario>> = {
  'a stream accepted': accepts('stream'),
  'a seqpacket connection accepted': accepts('seqpacket'),

  async 'connections, accepted at the second attempt'(stage) {
    const listener = stage.keep(MessageSocket.bind(stage.name(), { type: 'stream' }))
    const accepted = stage.again('accept', () => listener.accept())
    await stage.turns()
    const client = await stage.run('connect', MessageSocket.connect(listener.address, { type: 'stream' }))
    await stage.run('send', client.send('hello'))
    const server = await accepted
    stage.equal('the message', textOf(await stage.run('receive', server.receive())), 'hello')
  },

  async 'a TCP connection'(stage) {
    const listener = stage.keep(MessageSocket.bind(loopback, { type: 'stream' }))
    const connecting = stage.run('connect', MessageSocket.connect(listener.address, { type: 'stream' }))
    const server = await stage.run('accept', listener.accept())
    const client = await connecting
    await stage.run('send', client.send('hello'))
    stage.equal('the message', textOf(await stage.run('receive', server.receive())), 'hello')
    stage.equal('who is connected', client.remoteAddress, listener.address)
    await client.close()
    stage.equal('the end', await stage.run('receive', server.receive()), undefined)
  },

  'the end of packets': endsAfterMessages('seqpacket', ['one', 'two', '', ''], false),
  'the end of packets with credentials': endsAfterMessages('seqpacket', ['one', 'two', ''], true),
  'the end of a stream': endsAfterMessages('stream', ['one', 'two'], true),
  'the end of packets, waited for': waitsForEnd('seqpacket'),
  'the end of a stream, waited for': waitsForEnd('stream'),

  async 'closed while operations wait'(stage) {
    const listener = stage.keep(MessageSocket.bind(stage.name(), { type: 'stream' }))
    const [a, b] = smallPair(stage, 'datagram')
    const file = passable(stage)
    const full = stage.keep(MessageSocket.bind(stage.name(), { type: 'datagram' }))
    const client = stage.keep(MessageSocket.open({ family: 'unix', type: 'datagram' }))
    fill(a)
    fill(client, full.address)
    const code = 'ERR_CMSG_CLOSED'
    const rejected = [
      stage.rejects('accept', listener.accept(), code),
      stage.rejects('receive', a.receive(), code),
      stage.rejects('send', a.send('never', { control: [rights([file.fd])] }), code),
      stage.rejects('send to a name', client.send('never', { to: full.address, control: [rights([file.fd])] }), code),
    ]
    // Each is awaited below, but the first may be rejected before.
    for (const each of rejected) each.catch(() => {})
    await stage.turns()
    for (const socket of [listener, a, client, b]) await socket.close()
    await Promise.all(rejected)
  },

  async 'aborted while operations wait'(stage) {
    const [a, b] = smallPair(stage, 'datagram')
    const file = passable(stage)
    const sent = fill(a)
    const abort = new AbortController()
    const { signal } = abort
    const rejected = [
      stage.rejects('receive', a.receive({ signal }), 'ABORT_ERR_OF_OURS'),
      stage.rejects('send', a.send('never', { signal, control: [rights([file.fd])] }), 'ABORT_ERR_OF_OURS'),
    ]
    for (const each of rejected) each.catch(() => {})
    await stage.turns()
    abort.abort(Object.assign(new Error('aborted'), { code: 'ABORT_ERR_OF_OURS' }))
    await Promise.all(rejected)
    await expectMessages(stage, b, sent)
    await stage.run('send', b.send('for the next'))
    stage.equal('what came after the abort', textOf(await stage.run('receive', a.receive())), 'for the next')
  },

  async 'the end of a process'(stage) {
    const name = stage.name()
    const listener = stage.keep(MessageSocket.bind(name, { type: 'stream' }))
    const child = stage.keep(new Child(name.abstract))
    const connection = await stage.run('accept', listener.accept())
    const process = stage.keep(peerPidfd(connection)!)
    stage.equal('its pid', process.pid, child.pid)
    process.signal(0)
    const exited = stage.run('exited', process.exited())
    await stage.turns()
    await connection.close()
    await exited
    stage.equal('alive', process.alive, false)
  },

  async 'the end of a process, given up'(stage) {
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [pidfd] })
    stage.keep(a)
    stage.keep(b)
    await stage.run('send', a.send('hello'))
    const message = await stage.run('receive', b.receive())
    const sender = message!.get(pidfd)
    if (!(sender instanceof Pidfd)) throw new Wrong(`no pidfd but ${String(sender)}`)
    const abort = new AbortController()
    const aborted = stage.rejects('exited', sender.exited({ signal: abort.signal }), 'ABORT_ERR_OF_OURS')
    const closed = stage.rejects('exited', sender.exited(), 'ERR_CMSG_CLOSED')
    for (const each of [aborted, closed]) each.catch(() => {})
    await stage.turns()
    abort.abort(Object.assign(new Error('aborted'), { code: 'ABORT_ERR_OF_OURS' }))
    await aborted
    sender.close()
    await closed
  },

  async 'questions about the peer'(stage) {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    stage.keep(a)
    stage.keep(b)
    stage.equal('its credentials', a.peerCredentials()?.pid, process.pid)
    const peer = stage.keep(a.peerPidfd()!)
    stage.equal('its pid', peer.pid, process.pid)
    stage.equal('its groups', Array.isArray(a.peerGroups()), true)
    a.peerSecurity()
    stage.equal('its address', [a.address, a.remoteAddress], [{ unnamed: true }, { unnamed: true }])
    stage.equal('its type', a.getOption(SOL_SOCKET, SO_TYPE), SOCK_STREAM)
  },

  async 'bound to a path, with unlink'(stage) {
    const path = stage.path()
    const server = stage.keep(MessageSocket.bind(path, { type: 'datagram', receive: [credentials], unlink: true }))
    const client = stage.keep(MessageSocket.open({ family: 'unix', type: 'datagram' }))
    await stage.run('connect', client.connect(path))
    await stage.run('send', client.send('hello'))
    stage.equal('the message', textOf(await stage.run('receive', server.receive())), 'hello')
  },

  async 'bound in the place of a stale file'(stage) {
    const path = stage.path()
    const [fd] = [libc.socket(AF_UNIX, SOCK_DGRAM)]
    try {
      libc.bind(fd, libc.encodeAddress(path))
    } finally {
      closeSync(fd)
    }
    // Whatever happens, the file that lies there is ours to remove.
    stage.keep({ close: () => { removeIfThere(path) } })
    const server = stage.keep(MessageSocket.bind(path, { type: 'stream', unlink: true }))
    const client = await stage.run('connect', MessageSocket.connect(path, { type: 'stream' }))
    const connection = await stage.run('accept', server.accept())
    await stage.run('send', client.send('hello'))
    stage.equal('the message', textOf(await stage.run('receive', connection.receive())), 'hello')
  },

  async 'adopted descriptors'(stage) {
    const fds = libc.socketpair(AF_UNIX, SOCK_DGRAM)
    // Until a socket has taken them they are ours to close.
    const owners = fds.map((fd) => stage.keep(new OwnedFd(fd)))
    const [a, b] =
      owners.map((owner) => stage.keep(MessageSocket.adopt(owner, { receive: [credentials] }))) as [MessageSocket, MessageSocket]
    stage.equal('taken', owners.map(({ owned }) => owned), [false, false])
    const received = stage.run('receive', b.receive())
    await stage.turns()
    await stage.run('send', a.send('hello'))
    stage.equal('the message', textOf(await received), 'hello')
  },

  async 'an adopted listener'(stage) {
    const owner = stage.keep(new OwnedFd(libc.socket(AF_UNIX, SOCK_STREAM)))
    libc.bind(owner.fd, libc.encodeAddress(stage.name()))
    libc.listen(owner.fd)
    const listener = stage.keep(MessageSocket.adopt(owner))
    const accepted = stage.run('accept', listener.accept())
    await stage.turns()
    await stage.run('connect', MessageSocket.connect(listener.address, { type: 'stream' }))
    await accepted
  },

  async 'adopted with its socket file'(stage) {
    const path = stage.path()
    const owner = stage.keep(new OwnedFd(libc.socket(AF_UNIX, SOCK_DGRAM)))
    // Until a socket has taken it over, the file is ours to remove.
    stage.keep({ close: () => { removeIfThere(path) } })
    libc.bind(owner.fd, libc.encodeAddress(path))
    const socket = MessageSocket.adopt(owner, { unlink: true })
    stage.equal('taken', owner.owned, false)
    // Not that the file is gone: where connect(2) says that nobody is bound there, it is not ours to remove.
    await socket.close()
  },

  async 'detached, with what was read ahead'(stage) {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: [rights] })
    stage.keep(a)
    stage.keep(b)
    const file = passable(stage)
    for (const text of ['one', 'two', 'three']) await stage.run('send', a.send(text, { control: [rights([file.fd])] }))
    const received = [await stage.run('receive', b.receive())]
    // One that is refused leaves the socket as it was.
    const { fd, messages } = await stage.again('detach', async () => b.detach())
    stage.keep(fd)
    received.push(...messages.map((message) => stage.keep(message)))
    const successor = stage.keep(MessageSocket.adopt(fd, { receive: [rights] }))
    while (received.length < 3) received.push(await stage.run('receive', successor.receive()))
    stage.equal('the messages', received.map(textOf), ['one', 'two', 'three'])
    for (const message of received) file.check('a message', message)
    stage.equal('timestamps', successor.getOption(SOL_SOCKET, SO_TIMESTAMP), 0)
    await stage.run('send', a.send('four'))
    await expectMessages(stage, successor, ['four'])
  },

  async 'detached while it accepts'(stage) {
    const owner = stage.keep(new OwnedFd(libc.socket(AF_UNIX, SOCK_STREAM)))
    libc.bind(owner.fd, libc.encodeAddress(stage.name()))
    libc.listen(owner.fd)
    const listener = stage.keep(MessageSocket.adopt(owner))
    const accepted = stage.rejects('accept', listener.accept(), 'ERR_CMSG_CLOSED')
    accepted.catch(() => {})
    await stage.turns()
    const { address } = listener
    const { fd } = await stage.again('detach', async () => listener.detach())
    stage.keep(fd)
    await accepted
    stage.equal('O_NONBLOCK', libc.fcntl(fd.fd, F_GETFL) & O_NONBLOCK, 0)
    const successor = stage.keep(MessageSocket.adopt(fd))
    const again = stage.run('accept', successor.accept())
    await stage.turns()
    await stage.run('connect', MessageSocket.connect(address, { type: 'stream' }))
    await again
  },

  async 'passed on while it has a mark'(stage) {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
    for (const socket of [a, b]) stage.keep(socket)
    const [c, d] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
    for (const socket of [c, d]) stage.keep(socket)
    await stage.run('send the socket', c.send('take it', { control: [rights([b])] }))
    const message = await stage.run('receive the socket', d.receive())
    const successor = stage.keep(MessageSocket.adopt(message!.get(rights)![0]!))
    for (const text of ['one', '', 'two', '']) await stage.run('send', a.send(text))
    await expectMessages(stage, successor, ['one', ''])
    await expectMessages(stage, b, ['two', ''])
    await a.close()
    stage.equal('the end', [await stage.run('receive', b.receive()), await stage.run('receive', successor.receive())], [
      undefined, undefined,
    ])
  },
}
