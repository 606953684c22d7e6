/**
 * Listeners run in the async context in which their socket was created, although all sockets of a thread share one wakeup.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { once, type EventEmitter } from 'node:events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MessageSocket } from '../../src/index.ts'
import { createSocket } from '../../src/dgram.ts'
import { USocket, UServer } from '../../src/usocket.ts'
import { path } from './helpers.ts'

const storage = new AsyncLocalStorage<string>()
const within = <T>(name: string, run: () => T): T => storage.run(name, run)

/** Notes the context in which each event is emitted. */
function watch(emitter: EventEmitter, events: readonly string[], seen: string[] = []): string[] {
  for (const event of events) emitter.on(event, () => { seen.push(`${event} ${storage.getStore()}`) })
  return seen
}

// The first socket that waits starts the wakeup of all.
let first: MessageSocket
let peer: MessageSocket
beforeAll(async () => {
  [first, peer] = MessageSocket.pair({ type: 'datagram' })
  const waiting = within('first', () => first.receive())
  await peer.send('x')
  await waiting
  within('first', () => { void first.receive().catch(() => {}) })
})
afterAll(async () => {
  await first.close()
  await peer.close()
})

it('createSocket: message and writable', async () => {
  const [at, other] = [path(), path()]
  const socket = within('mine', () => createSocket({ type: 'unix_dgram' }))
  const seen = watch(socket, ['message'])
  socket.bind(at)
  await once(socket, 'listening')
  const sender = within('sender', () => createSocket('unix_dgram'))
  watch(sender, ['message', 'writable'], seen)
  sender.bind(other)
  await within('call', async () => {
    sender.send(Buffer.from('x'), 0, 1, at)
    await once(socket, 'message')
    socket.send('y', other)
    await once(sender, 'message')
  })
  expect(seen).toEqual(['message mine', 'message sender'])
  const slow = MessageSocket.bind(path(), { type: 'datagram', readAhead: 0 })
  sender.connect(slow.address as { path: string })
  within('call', () => {
    for (let full = false; !full;) sender.send(Buffer.from('x'), (error) => { full = error !== undefined })
  })
  while (slow.receiveNow() !== undefined);
  await once(sender, 'writable')
  expect(seen.splice(2)).toEqual(['writable sender'])
  socket.close()
  sender.close()
  await slow.close()
})

it('toDuplex: data, end, error and close', async () => {
  const streams = ['one', 'two'].map((name) => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    const stream = within(name, () => a.toDuplex())
    return { peer: b, stream, seen: watch(stream, ['data', 'end', 'error', 'close']) }
  })
  const [ended, failed] = streams as [typeof streams[0], typeof streams[0]]
  for (const { peer, stream } of streams) {
    const data = once(stream, 'data')
    within('call', () => { peer.sendNow('x') })
    await data
  }
  const end = once(ended.stream, 'end')
  await ended.peer.close()
  await end
  expect(ended.seen).toEqual(['data one', 'end one'])
  ended.stream.destroy()
  failed.stream.write('unread')
  const closed = new Promise((resolve) => { failed.stream.on('close', resolve) })
  await failed.peer.close()
  await closed
  expect(failed.seen).toEqual(['data two', 'error two', 'close two'])
})

it('UServer and USocket: connection and data', async () => {
  const at = path()
  const server = new UServer()
  const seen = watch(server, ['connection'])
  const accepted: USocket[] = []
  server.on('connection', (connection: USocket) => {
    watch(connection, ['data'], seen)
    accepted.push(connection)
  })
  within('server', () => { server.listen(at) })
  await once(server, 'listening')
  const client = within('client', () => new USocket(at))
  watch(client, ['connected', 'data'], seen)
  await once(server, 'connection')
  const atServer = once(accepted[0]!, 'data')
  within('call', () => { client.write('x') })
  await atServer
  const atClient = once(client, 'data')
  within('call', () => { accepted[0]!.write('y') })
  await atClient
  expect(seen.sort()).toEqual(['connected client', 'connection server', 'data client', 'data server'])
  server.pause()
  within('call', () => { server.resume() })
  const late = new USocket(at)
  await once(server, 'connection')
  expect(seen.filter((line) => line.startsWith('connection'))).toEqual(['connection server', 'connection server'])
  server.close()
  for (const socket of [client, late, ...accepted]) socket.destroy()
})
