/**
 * Many messages in one call, where sandbox.test.ts has that call refused: prints what became of each, as JSON.
 *
 *   sandbox.program.ts raw | sockets | twice
 */
import { credentials, MessageSocket } from 'cmsg'
import {
  close, CMSG_SPACE, constants, decodeControl, encodeAddress, MessageBatch, recvmmsg, recvmsg, sendmmsg, setsockopt, socketpair,
  type SendMessage,
} from 'cmsg/libc'

const { AF_UNIX, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET, SO_PASSCRED, MSG_DONTWAIT, MSG_WAITFORONE } = constants

const said = (attempt: () => unknown): unknown => {
  try {
    return attempt()
  } catch (error) {
    return (error as Error).message
  }
}
const messages = (...texts: string[]): SendMessage[] => texts.map((text) => ({ buffers: [Buffer.from(text)] }))

function raw(): unknown {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
  const [stream] = socketpair(AF_UNIX, SOCK_STREAM)
  setsockopt(b, SOL_SOCKET, SO_PASSCRED, 1)
  const nobody = encodeAddress('/nobody/is/here')
  const receive = (count: number, flags: number): unknown => said(() => recvmmsg(b, { count, size: 3, controlSize: CMSG_SPACE(12) }, flags)
    .map(({ data, length, control, flags }) => [String(data), length, decodeControl(control).map(({ kind }) => kind).join(), flags]))
  const batch = new MessageBatch({ count: 4, size: 10 })
  messages('five', 'six').forEach((message, i) => { batch.set(i, message) })
  const results = {
    empty: receive(2, MSG_DONTWAIT),
    sent: said(() => sendmmsg(a, messages('one', 'three', '', 'two'))),
    two: receive(2, 0),
    rest: receive(4, MSG_WAITFORONE),
    refused: said(() => sendmmsg(a, [{ buffers: [Buffer.from('x')], name: nobody }, ...messages('y')])),
    'refused later': said(() => sendmmsg(a, [...messages('four'), { buffers: [Buffer.from('x')], name: nobody }, ...messages('y')])),
    four: receive(4, MSG_DONTWAIT),
    batch: said(() => [batch.send(a, 2), batch.receive(b, MSG_DONTWAIT), String(batch.data(0)), String(batch.data(1)), batch.length(2)]),
    // A part of the first goes: none of the second may follow it.
    stream: said(() => sendmmsg(stream, [{ buffers: [Buffer.alloc(1 << 22), Buffer.alloc(1)] }, ...messages('x')], MSG_DONTWAIT)),
    'empty again': said(() => recvmsg(b, {}, MSG_DONTWAIT)),
  }
  for (const fd of [a, b, stream]) close(fd)
  return results
}

async function sockets(): Promise<unknown> {
  const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [credentials] })
  const texts = Array.from({ length: 600 }, (_, i) => `message ${i}`)
  const sent = a.sendMany(texts.map((data) => ({ data })))
  const received: string[] = []
  while (received.length < texts.length) {
    for (const message of await b.receiveMany()) if (message.get(credentials)?.pid === process.pid) received.push(String(message.data))
  }
  await sent
  const pending = b.receive()
  await a.send('awaited')
  const awaited = String((await pending)?.data)
  const refused = await a.sendMany([{ data: 'x' }, { data: 'y' }].map((message) => ({ ...message, to: '/nobody/is/here' }))).catch(
    (error: Error) => error.message,
  )
  for (const socket of [a, b]) await socket.close()
  return { received: received.join() === texts.join(), awaited, refused }
}

function twice(): unknown {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
  const results = [1, 2].map(() => said(() => sendmmsg(a, messages('one', 'two'))))
  close(a)
  close(b)
  return results
}

const scenarios: Record<string, () => unknown> = { raw, sockets, twice }
console.log(JSON.stringify(await scenarios[process.argv[2]!]!()))
