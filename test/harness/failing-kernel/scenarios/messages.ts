/**
 * Messages: sent, received, waited for.
 * @module
 */
import {
  credentials, MessageSocket, OwnedFd, packetInfo, pidfd, Pidfd, recvErr, rights, type InetAddress, type Message, type SocketType,
} from 'cmsg'
import * as libc from 'cmsg/libc'
import { Wrong } from '../stage.ts'
import { atOnce, expectMessages, fill, loopback, passable, smallPair, textOf, type Scenario } from './support.ts'

const { AF_UNIX, SOCK_DGRAM, SOL_SOCKET, MSG_PEEK, MSG_ERRQUEUE, MSG_DONTWAIT, SCM_RIGHTS, POLLIN, SOCK_SEQPACKET, SHUT_RDWR } =
  libc.constants

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

export const messages: Readonly<Record<string, Scenario>> = {
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
    const pairs = (['datagram', 'stream'] as const).map((type) =>
      MessageSocket.pair({ type }).map((socket) => stage.keep(socket)) as [MessageSocket, MessageSocket])
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
    const sent =
      stage.run('sendMany', a.sendMany(texts.map((data, i) => (i % 8 === 3 ? { data, control: [rights([file.fd])] } : { data }))))
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

  async 'iteration that does not dispose'(stage) {
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
    stage.keep(a)
    stage.keep(b)
    const file = passable(stage)
    const iterate = async (): Promise<Message<typeof rights>[]> => {
      const messages: Message<typeof rights>[] = []
      for await (const message of b.messages({ dispose: false })) {
        messages.push(stage.keep(message))
        if (messages.length === 3) break
      }
      return messages
    }
    const iterated = stage.run('iteration', iterate())
    await stage.turns()
    for (const text of ['one', 'two', 'three', 'four']) await stage.run('send', a.send(text, { control: [rights([file.fd])] }))
    const messages = await iterated
    stage.equal('the messages', messages.map(textOf), ['one', 'two', 'three'])
    for (const message of messages) file.check('a message that was moved on from', message)
    await expectMessages(stage, b, ['four'])
  },

  async 'sends that are flushed'(stage) {
    const [a, b] = smallPair(stage, 'datagram')
    const file = passable(stage)
    await stage.run('flush of nothing', a.flush())
    const expected = fill(a)
    const texts = ['one', 'two', 'three']
    let settled = 0
    const sends = texts.map((text) => stage.run('send', a.send(text, { control: [rights([file.fd])] })))
    for (const send of sends) send.then(() => { settled++ }, () => { settled++ })
    stage.equal('bytes that wait', a.bufferedAmount, texts.join('').length)
    const flushed = stage.run('flush', a.flush())
    // A failed send is settled, too: it must not hold up the flush.
    const all = flushed.then(() => { stage.equal('sends that are settled', settled, texts.length) })
    all.catch(() => {})
    await stage.turns()
    await expectMessages(stage, b, [...expected, ...texts])
    await all
    stage.equal('bytes that wait afterwards', a.bufferedAmount, 0)
  },

  async 'the last packets of a socket without a mark'(stage) {
    const [a, b] = libc.socketpair(AF_UNIX, SOCK_SEQPACKET)
    stage.keepFds([a])
    const receiver = stage.keep(MessageSocket.adopt(stage.keep(new OwnedFd(b))))
    const packets = ['one', '', 'two', '', '']
    for (const packet of packets) libc.sendmsg(a, { buffers: [Buffer.from(packet)] })
    const received: (string | undefined)[] = []
    const receive = async (): Promise<void> => { received.push(textOf(await stage.again('receive', () => receiver.receive()))) }
    await receive()
    libc.shutdown(a, SHUT_RDWR)
    while (received.at(-1) !== undefined && received.length < 10) await receive()
    stage.equal('the packets', received, [...packets, undefined])
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
    const control = libc.decodeControl(message.control, { definitions: [libc.rights] })
    stage.keepFds(control.flatMap((one) => (one.kind === 'rights' ? one.value as number[] : [])))
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
