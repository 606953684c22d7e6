/**
 * What is done while a call fails. To add a scenario, add a function: it gets a {@link Stage}, does something with the
 * public API, and throws where a result is wrong. Everything it makes it gives to `stage.keep`, every operation it starts
 * to `stage.run`. It must pass when nothing fails.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, openSync, unlinkSync } from 'node:fs'
import { credentials, MessageSocket, OwnedFd, packetInfo, peerPidfd, pidfd, Pidfd, recvErr, rights, type InetAddress, type Message, type SocketType } from 'cmsg'
import * as libc from 'cmsg/libc'
import { Wrong, type Stage } from './stage.ts'

const { constants } = libc
const { AF_UNIX, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET, SO_SNDBUF, SO_TYPE, MSG_PEEK, MSG_ERRQUEUE, MSG_DONTWAIT, SCM_RIGHTS, POLLIN } = constants

export type Scenario = (stage: Stage) => Promise<void>

const textOf = (message: { readonly data: Uint8Array } | undefined): string | undefined => (message === undefined ? undefined : String(message.data))
const loopback = { address: '127.0.0.1', port: 0 } as const

/** A file of our own to be passed, and a check that a descriptor is of the same one. */
function passable(stage: Stage): { readonly fd: number; check(what: string, message: Message<typeof rights> | undefined): void } {
  const [fd] = stage.keepFds([openSync('/proc/self/status', 'r')] as const)
  const { dev, ino } = fstatSync(fd)
  return {
    fd,
    check: (what, message) => {
      const fds = message?.get(rights)
      if (fds?.length !== 1) throw new Wrong(`${what}: ${fds?.length ?? 'no'} descriptors instead of 1`)
      const stats = fstatSync(fds[0]!.fd)
      stage.equal(`${what}: the file of the descriptor`, [stats.dev, stats.ino], [dev, ino])
    },
  }
}

/** Send until there is no room. */
function fill(socket: Pick<MessageSocket, 'sendNow'>, to?: libc.AddressLike): string[] {
  const sent: string[] = []
  // A few times there may be no room for no reason.
  for (let refused = 0; refused < 5;) {
    const text = `fill ${sent.length}`.padEnd(2000)
    if (socket.sendNow(text, { to }) === undefined) refused++
    else sent.push(text)
    if (sent.length > 5000) throw new Wrong('the queue never fills')
  }
  return sent
}

/** Try until it is not to wait: what says EAGAIN for no reason is not an error. */
function atOnce<T>(attempt: () => T | undefined): T {
  for (let tries = 0; tries < 10; tries++) {
    const result = attempt()
    if (result !== undefined) return result
  }
  throw new Wrong('it would wait, again and again')
}

/** A pair whose queues hold little. */
function smallPair(stage: Stage, type: SocketType): [MessageSocket<typeof rights>, MessageSocket<typeof rights>] {
  const [a, b] = MessageSocket.pair({ type, receive: [rights] })
  stage.keep(a)
  stage.keep(b)
  a.setOption(SOL_SOCKET, SO_SNDBUF, 4096)
  return [a, b]
}

async function expectMessages(stage: Stage, socket: { receive(): Promise<{ readonly data: Uint8Array } | undefined> }, expected: readonly string[]): Promise<void> {
  for (const text of expected) stage.equal('a message', textOf(await stage.run('receive', socket.receive())), text)
}

const waitsForMessage = (type: SocketType): Scenario => async (stage) => {
  const [a, b] = MessageSocket.pair({ type, receive: [credentials] })
  stage.keep(a)
  stage.keep(b)
  const received = stage.run('receive', b.receive())
  await stage.turns()
  await stage.run('send', a.send('hello'))
  const message = await received
  stage.equal('the message', textOf(message), 'hello')
  stage.equal('its sender', message!.get(credentials)?.pid, process.pid)
}

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

const waitsForRoom = (type: 'datagram' | 'seqpacket'): Scenario => async (stage) => {
  const [a, b] = smallPair(stage, type)
  const file = passable(stage)
  const sent = fill(a)
  const waiting = [
    stage.run('send with a descriptor', a.send('last but one', { control: [rights([file.fd])] })),
    stage.run('send', a.send('last')),
  ]
  await stage.turns()
  await expectMessages(stage, b, sent)
  const message = await stage.run('receive', b.receive())
  stage.equal('the message with a descriptor', textOf(message), 'last but one')
  file.check('the message with a descriptor', message)
  await expectMessages(stage, b, ['last'])
  stage.equal('the bytes sent', await Promise.all(waiting), [12, 4])
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

const peeks = (waiting: boolean): Scenario => async (stage) => {
  const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
  stage.keep(a)
  stage.keep(b)
  const file = passable(stage)
  const send = (text: string): Promise<number> => stage.run('send', a.send(text, { control: [rights([file.fd])] }))
  const peek = (): Promise<Message<typeof rights> | undefined> => stage.again('peek', () => b.receive({ flags: MSG_PEEK }))
  let peeked: Promise<Message<typeof rights> | undefined>
  if (waiting) {
    peeked = peek()
    await stage.turns()
    await send('one')
  } else {
    // The second is read ahead with the first.
    await send('zero')
    await send('one')
    stage.equal('the first', textOf(stage.keep(atOnce(() => b.receiveNow()))), 'zero')
    peeked = peek()
  }
  await send('two')
  const seen = await peeked
  stage.equal('what was seen', textOf(seen), 'one')
  file.check('what was seen', seen)
  for (const text of ['one', 'two']) {
    const message = await stage.run('receive', b.receive())
    stage.equal('what came', textOf(message), text)
    file.check('what came', message)
  }
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  async 'datagrams, asked and answered'(stage) {
    const server = stage.keep(MessageSocket.bind(stage.name(), { type: 'datagram', receive: [credentials] }))
    const client = stage.keep(MessageSocket.open({ family: 'unix', type: 'datagram' }))
    client.bind({ unnamed: true })
    const asked = stage.run('receive', server.receive())
    await stage.turns()
    await stage.run('send', client.send('ask', { to: server.address }))
    const message = await asked
    stage.equal('the question', textOf(message), 'ask')
    stage.equal('its sender', message!.get(credentials)?.pid, process.pid)
    const answered = stage.run('receive', client.receive())
    await stage.turns()
    await stage.run('send', server.send('answer', { to: message!.address! }))
    stage.equal('the answer', textOf(await answered), 'answer')
  },

  async 'descriptors, both ways'(stage) {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: [rights, pidfd] })
    stage.keep(a)
    stage.keep(b)
    const file = passable(stage)
    for (const [from, to] of [[a, b], [b, a]] as const) {
      await stage.run('send', from.send('a file', { control: [rights([file.fd])] }))
      const message = await stage.run('receive', to.receive())
      stage.equal('the message', textOf(message), 'a file')
      file.check('the message', message as Message<typeof rights>)
      const sender = message!.get(pidfd)
      if (!(sender instanceof Pidfd)) throw new Wrong(`no pidfd but ${String(sender)}`)
      stage.equal('its sender', sender.pid, process.pid)
    }
  },

  'a datagram, waited for': waitsForMessage('datagram'),
  'a packet, waited for': waitsForMessage('seqpacket'),
  'bytes, waited for': waitsForMessage('stream'),

  async 'messages on two sockets, waited for'(stage) {
    const pairs = (['datagram', 'stream'] as const).map((type) => MessageSocket.pair({ type }).map((socket) => stage.keep(socket)) as [MessageSocket, MessageSocket])
    const received = pairs.map(([, b]) => stage.run('receive', b.receive()))
    await stage.turns()
    for (const [a] of pairs) await stage.run('send', a.send('hello'))
    stage.equal('the messages', (await Promise.all(received)).map(textOf), ['hello', 'hello'])
  },

  async 'a message, received at the second attempt'(stage) {
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
    stage.keep(a)
    stage.keep(b)
    const file = passable(stage)
    const received = stage.again('receive', () => b.receive())
    await stage.turns()
    await stage.run('send', a.send('hello', { control: [rights([file.fd])] }))
    const message = await received
    stage.equal('the message', textOf(message), 'hello')
    file.check('the message', message)
  },

  'room for datagrams, waited for': waitsForRoom('datagram'),
  'room for packets, waited for': waitsForRoom('seqpacket'),

  async 'room at one of two destinations, waited for'(stage) {
    const servers = [0, 1].map(() => stage.keep(MessageSocket.bind(stage.name(), { type: 'datagram', receive: [rights] })))
    const [full, other] = servers as [MessageSocket<typeof rights>, MessageSocket<typeof rights>]
    const [to, elsewhere] = [full.address, other.address]
    const client = stage.keep(MessageSocket.open({ family: 'unix', type: 'datagram' }))
    const file = passable(stage)
    const sent = fill(client, to)
    const waiting = stage.run('send to who is full', client.send('last', { to, control: [rights([file.fd])] }))
    await stage.run('send elsewhere', client.send('hello', { to: elsewhere }))
    await expectMessages(stage, other, ['hello'])
    await expectMessages(stage, full, sent)
    const message = await stage.run('receive', full.receive())
    stage.equal('the last', textOf(message), 'last')
    file.check('the last', message)
    stage.equal('the bytes sent', await waiting, 4)
  },

  async 'room for a long message on a stream, waited for'(stage) {
    const [a, b] = smallPair(stage, 'stream')
    const file = passable(stage)
    const data = Buffer.alloc(50_000, 'stream')
    const waiting = stage.run('send', a.send(data, { control: [rights([file.fd])] }))
    await stage.turns()
    const parts: Buffer[] = []
    for (let length = 0; length < data.length;) {
      const message = await stage.run('receive', b.receive())
      if (message === undefined) throw new Wrong(`the end after ${length} bytes`)
      if (length === 0) file.check('the first part', message)
      parts.push(message.data)
      length += message.data.length
    }
    stage.equal('the bytes', Buffer.concat(parts).equals(data), true)
    stage.equal('the bytes sent', await waiting, data.length)
  },

  async 'many sent, many received'(stage) {
    const [a, b] = smallPair(stage, 'datagram')
    const file = passable(stage)
    const texts = Array.from({ length: 24 }, (_, i) => `many ${i}`.padEnd(1000))
    const sent = stage.run('sendMany', a.sendMany(texts.map((data, i) => (i % 8 === 3 ? { data, control: [rights([file.fd])] } : { data }))))
    await stage.turns()
    const received: (Message<typeof rights>)[] = []
    while (received.length < texts.length) {
      const messages = await stage.run('receiveMany', b.receiveMany())
      if (messages.length === 0) throw new Wrong(`the end after ${received.length} messages`)
      received.push(...messages)
    }
    stage.equal('the messages', received.map(textOf), texts)
    received.forEach((message, i) => { if (i % 8 === 3) file.check(`message ${i}`, message) })
    stage.equal('how many were sent', await sent, texts.length)
  },

  'a peek at a message that is waited for': peeks(true),
  'a peek at a message read ahead': peeks(false),

  async 'iteration over messages'(stage) {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: [rights] })
    stage.keep(a)
    stage.keep(b)
    const file = passable(stage)
    const iterate = async (count: number): Promise<string[]> => {
      const texts: string[] = []
      for await (const message of b) {
        file.check('a message', message)
        texts.push(String(message.data))
        if (texts.length === count) break
      }
      return texts
    }
    const first = stage.run('iteration', iterate(1))
    await stage.turns()
    for (const text of ['one', 'two', 'three']) await stage.run('send', a.send(text, { control: [rights([file.fd])] }))
    stage.equal('the first', await first, ['one'])
    const rest = stage.run('iteration', iterate(Infinity))
    await stage.turns()
    await a.close()
    stage.equal('the rest', await rest, ['two', 'three'])
  },

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
    const [a, b] = owners.map((owner) => stage.keep(MessageSocket.adopt(owner, { receive: [credentials] }))) as [MessageSocket, MessageSocket]
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

  async 'receives that block'(stage) {
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
    stage.keep(a)
    stage.keep(b)
    const file = passable(stage)
    stage.equal('nothing', b.receiveSync({ timeout: 2 }), undefined)
    stage.equal('the bytes sent', atOnce(() => a.sendNow('hello', { control: [rights([file.fd])] })), 5)
    const message = b.receiveSync({ timeout: 1000 })
    stage.equal('the message', textOf(message), 'hello')
    file.check('the message', stage.keep(message!))
  },

  async 'the error queue'(stage) {
    const gone = MessageSocket.bind(loopback, { type: 'datagram' })
    stage.keep(gone)
    const to = gone.address
    await gone.close()
    const socket = stage.keep(MessageSocket.bind(loopback, { type: 'datagram', receive: [recvErr] }))
    const other = stage.keep(MessageSocket.bind(loopback, { type: 'datagram' }))
    const report = stage.run('receive from the error queue', socket.receive({ flags: MSG_ERRQUEUE }))
    await stage.turns()
    await stage.run('send to nobody', socket.send('is anybody there?', { to }))
    stage.equal('the report', (await report)!.get(recvErr)?.name, 'ECONNREFUSED')
    const received = stage.run('receive', socket.receive())
    await stage.turns()
    await stage.run('send', other.send('hello', { to: socket.address }))
    stage.equal('the message', textOf(await received), 'hello')
  },

  async 'a multicast group'(stage) {
    const receiver = stage.keep(MessageSocket.open({ family: 'inet', type: 'datagram', receive: [packetInfo] }))
    receiver.bind(loopback)
    receiver.joinGroup('239.77.1.9', { interface: 'lo' })
    receiver.leaveGroup('239.77.1.9', { interface: 'lo' })
    const sender = stage.keep(MessageSocket.open({ family: 'inet', type: 'datagram' }))
    await stage.run('send', sender.send('hello', { to: receiver.address as InetAddress }))
    const message = await stage.run('receive', receiver.receive())
    stage.equal('the message', textOf(message), 'hello')
    stage.equal('its address', message!.get(packetInfo)?.address, '127.0.0.1')
  },

  async 'the raw calls'(stage) {
    const [a, b] = stage.keepFds(libc.socketpair(AF_UNIX, SOCK_DGRAM))
    const [copy] = stage.keepFds([libc.dup(a)] as const)
    const file = passable(stage)
    const buffers = [Buffer.from('hello')]
    stage.equal('sent', libc.sendmsg(copy, { buffers, control: libc.encodeControl([libc.rights([file.fd])]) }), 5)
    stage.equal('ready', libc.poll([{ fd: b }], 1000)[0]!.revents, POLLIN)
    const message = libc.recvmsg(b, { controlSize: libc.CMSG_SPACE(4) }, MSG_DONTWAIT)
    stage.keepFds(libc.decodeControl(message.control, { definitions: [libc.rights] }).flatMap((one) => (one.kind === 'rights' ? one.value as number[] : [])))
    stage.equal('the message', [String(message.data), message.control.length], ['hello', libc.CMSG_SPACE(4)])
    stage.equal('many sent', libc.sendmmsg(a, [{ buffers }, { buffers }]), 2)
    stage.equal('many', libc.recvmmsg(b, { count: 4, size: 10, controlSize: 0 }, MSG_DONTWAIT).map(textOf), ['hello', 'hello'])
    const batch = new libc.MessageBatch({ count: 4, size: 10 })
    batch.set(0, { buffers })
    stage.equal('a batch sent', batch.send(a, 1), 1)
    stage.equal('a batch', [batch.receive(b, MSG_DONTWAIT), String(batch.data(0))], [1, 'hello'])
    stage.equal('not found', batch.findControl(0, SOL_SOCKET, SCM_RIGHTS), -1)
  },
}

/** Scenarios of the first wait in a process, where the strategy is still on trial: each needs a process of its own. */
export const onTrial: readonly string[] = ['a datagram, waited for', 'messages on two sockets, waited for', 'room at one of two destinations, waited for']

function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** A process that connects to an abstract name and ends when its connection does. */
class Child {
  readonly #process
  constructor(abstract: string) {
    this.#process = spawn(process.env.FAILING_KERNEL_CHILD!, [abstract], { stdio: 'ignore' })
  }
  get pid(): number | undefined {
    return this.#process.pid
  }
  async close(): Promise<void> {
    this.#process.kill('SIGKILL')
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, 'exit')
  }
}
