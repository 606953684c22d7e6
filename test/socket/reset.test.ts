/**
 * ECONNRESET: a peer that closes with unread messages. What it had sent before is delivered first.
 */
import { describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { MessageSocket, rights } from '../../src/index.ts'
import { socketpair } from '../../src/libc.ts'
import { outcome, text } from './helpers.ts'

const { AF_UNIX, SOCK_SEQPACKET, SOCK_STREAM, MSG_PEEK } = constants
const requests = ['request 0', 'request 1', 'request 2']

const pairs = {
  'seqpacket': () => MessageSocket.pair({ type: 'seqpacket', receive: [rights] }),
  'seqpacket, without reading ahead': () => MessageSocket.pair({ type: 'seqpacket', receive: [rights], readAhead: 0 }),
  'adopted seqpacket': () => socketpair(AF_UNIX, SOCK_SEQPACKET).map((fd) => MessageSocket.adopt(fd, { receive: [rights] })),
  'stream': () => MessageSocket.pair({ type: 'stream', receive: [rights] }),
  'adopted stream': () => socketpair(AF_UNIX, SOCK_STREAM).map((fd) => MessageSocket.adopt(fd, { receive: [rights] })),
}

describe.each(Object.entries(pairs))('messages of a peer that did not read all of ours, %s,', (_, make) => {
  /** Our end, after the peer has sent three requests and closed without reading our greeting. */
  async function reset(): Promise<MessageSocket<typeof rights>> {
    const [a, b] = make() as [MessageSocket<typeof rights>, MessageSocket<typeof rights>]
    await b.send('a greeting that is not read')
    for (const request of requests) await a.send(request, { control: [rights([0])] })
    await a.close()
    return b
  }
  const ended = async (b: MessageSocket<typeof rights>): Promise<void> => {
    expect([await b.receive(), b.ended]).toEqual([undefined, true])
    await b.close()
  }

  it('are all delivered before the error, by a loop', async () => {
    const b = await reset()
    const got: unknown[] = []
    const looping = (async () => {
      for await (const message of b) got.push([text(message), message.get(rights)?.length])
    })()
    expect(await outcome(looping)).toBe('ECONNRESET')
    expect(got).toEqual(requests.map((request) => [request, 1]))
    await ended(b)
  })

  it('one after another, and peeking sees the same', async () => {
    const b = await reset()
    for (const request of requests) {
      for (const flags of [MSG_PEEK, 0]) {
        using message = await b.receive({ flags })
        expect(text(message)).toBe(request)
      }
    }
    expect(await outcome(b.receive({ flags: MSG_PEEK }))).toBe('ECONNRESET')
    await ended(b)
  })

  it('to receiveNow, receiveSync and receiveMany', async () => {
    const b = await reset()
    const first = b.receiveNow()
    const second = b.receiveSync()
    const others = await b.receiveMany()
    expect([first, second, ...others].map(text)).toEqual(requests)
    for (const message of [first!, second!, ...others]) message[Symbol.dispose]()
    expect(await outcome(b.receiveMany())).toBe('ECONNRESET')
    await ended(b)
  })

  it('to receives that were waiting already', async () => {
    const [a, b] = make() as [MessageSocket<typeof rights>, MessageSocket<typeof rights>]
    const waiting = Array.from({ length: 5 }, () => b.receive().then((message) => {
      message?.[Symbol.dispose]()
      return text(message)
    }, (error: NodeJS.ErrnoException) => error.code))
    await b.send('a greeting that is not read')
    for (const request of requests) await a.send(request)
    await a.close()
    const received = (await Promise.all(waiting)).join()
    expect(received.replaceAll(',', '')).toMatch(/^request 0request 1request 2ECONNRESET$/)
    await b.close()
  })

  it.each([1, 10])('and detach() hands over the error with the messages, when up to %s were received before', async (max) => {
    const b = await reset()
    const received = await b.receiveMany({ max })
    const { fd, messages, error } = b.detach()
    const heir = MessageSocket.adopt(fd, { receive: [rights] })
    const all = [...received, ...messages]
    // Those that are still in the kernel. If it has not reported the error yet, the heir gets it.
    const last = await outcome((async () => { for await (const message of heir.messages({ dispose: false })) all.push(message) })())
    expect(all.map(text).join('')).toBe(requests.join(''))
    expect(last ?? (error as NodeJS.ErrnoException | undefined)?.code).toBe('ECONNRESET')
    for (const message of all) message[Symbol.dispose]()
    await ended(heir)
  })
})

it.each([1, 2, 10])('a stream from toDuplex() emits the error, after up to %s messages were received', async (max) => {
  const [a, b] = MessageSocket.pair({ type: 'stream', receive: [rights] })
  await b.send('a greeting that is not read')
  for (const request of requests) await a.send(request, { control: [rights([0])] })
  await a.close()
  const got: string[] = []
  for (const message of await b.receiveMany({ max })) {
    got.push(text(message)!)
    message[Symbol.dispose]()
  }
  const stream = b.toDuplex()
  stream.on('data', (chunk: Buffer) => { got.push(String(chunk)) })
  stream.on('fds', (fds: number[]) => { stream.closeFds(fds) })
  stream.on('end', () => { got.push('end') })
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => { stream.on('error', resolve) })
  expect([got.join(''), error.code]).toEqual([requests.join(''), 'ECONNRESET'])
})
