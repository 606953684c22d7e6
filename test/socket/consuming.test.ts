/**
 * What later parts stand on, and no user sees: receiving in push mode, with pause and resume, and telling when a destination
 * has room without queueing a message.
 * @module
 */
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { encodeAddress } from '../../src/codec.ts'
import { MessageSocket } from '../../src/index.ts'
import type { Core } from '../../src/socket/core.ts'
import { coreFor, pairedCores } from '../../src/socket/making.ts'
import type { AnyMessage } from '../../src/socket/receiving/message.ts'
import { plainRequest } from '../../src/socket/receiving/request.ts'
import type { Consumption } from '../../src/socket/receiving/consumer.ts'
import { outgoing } from '../../src/socket/sending/outgoing.ts'
import { numbered, outcome, path, text } from './helpers.ts'

const types = ['datagram', 'seqpacket', 'stream'] as const
const cores: Core[] = []
afterEach(() => { for (const core of cores.splice(0)) core.close() })

function pair(type: (typeof types)[number]): [Core, Core] {
  const made = pairedCores({ type }, {})
  cores.push(...made)
  return made
}

const send = (core: Core, data: string): Promise<number> => core.sender.send(outgoing(data, {}, core.sending))

/** Consumes into a list; `each` is called with every item. */
function consume(core: Core, each: (data: string, consumption: Consumption) => void = () => {}) {
  const events: string[] = []
  const consumption: Consumption = core.data.consume({
    onItem: (message: AnyMessage) => {
      events.push(text(message)!)
      each(text(message)!, consumption)
    },
    onEnd: () => { events.push('end') },
    onError: (error) => { events.push(`error ${(error as Error).message}`) },
  })
  return { events, consumption }
}

describe.each(types)('receiving in push mode, %s,', (type) => {
  it('delivers queued and later messages, and then the end', async () => {
    const [a, b] = pair(type)
    await send(a, 'there')
    const { events } = consume(b)
    await expect.poll(() => events).toEqual(['there'])
    await send(a, 'comes')
    await expect.poll(() => events).toEqual(['there', 'comes'])
    if (type === 'datagram') b.close()
    else a.close()
    await expect.poll(() => events).toEqual(['there', 'comes', 'end'])
  })

  it('comes after the requests that are already waiting', async () => {
    const [a, b] = pair(type)
    const first = b.data.next(plainRequest)
    const { events } = consume(b)
    await send(a, 'first')
    expect(text(await first)).toBe('first')
    await send(a, 'second')
    await expect.poll(() => events).toEqual(['second'])
  })

  it('can be paused, also by its callback, and resumed without a loss', async () => {
    const [a, b] = pair(type)
    const { events, consumption } = consume(b, (data, it) => { if (data !== '4') it.pause() })
    for (const data of numbered(4)) {
      await send(a, data)
      // Of a stream each comes by itself only if it is taken before the next is sent.
      await expect.poll(() => events.at(-1)).toBe(data)
      await turn()
      expect(b.waiting).toBe(false)
      consumption.resume()
      consumption.resume()
    }
    consumption.pause()
    await send(a, '4')
    for (let i = 0; i < 5; i++) await turn()
    expect(events).toEqual(numbered(4))
    consumption.resume()
    await expect.poll(() => events).toEqual(numbered(5))
  })

  it('can be stopped, which leaves later messages for others', async () => {
    const [a, b] = pair(type)
    const { events, consumption } = consume(b)
    consumption.stop()
    await send(a, 'for others')
    expect(text(await b.data.next(plainRequest))).toBe('for others')
    const second = consume(b)
    // The one that was stopped has no say any more.
    consumption.pause()
    consumption.stop()
    consumption.resume()
    await send(a, 'for the second')
    await expect.poll(() => second.events).toEqual(['for the second'])
    expect(events).toEqual([])
  })

  it('ends with the error that its callback throws, and nothing escapes', async () => {
    for (const there of [true, false]) {
      const [a, b] = pair(type)
      if (there) {
        await send(a, 'x')
        // It is read ahead by now, and comes without a wake.
        if (type !== 'stream') {
          await send(a, 'y')
          await b.data.next(plainRequest)
        }
      }
      const { events } = consume(b, () => { throw new Error('thrown') })
      if (!there) await send(a, 'x')
      await expect.poll(() => events.at(-1)).toBe('error thrown')
      await send(a, 'for others')
      expect(text(await b.data.next(plainRequest))).toBe('for others')
    }
  })
})

describe('whenWritable()', () => {
  const fill = (core: Core, to?: string): void => {
    while (core.sender.now(outgoing('x'.repeat(1000), to === undefined ? {} : { to }, core.sending)) !== undefined);
  }
  const settled = async (promise: Promise<unknown>): Promise<boolean> => {
    let done = false
    void promise.finally(() => { done = true }).catch(() => {})
    for (let i = 0; i < 5; i++) await turn()
    return done
  }

  it.each(types)('of a connected %s socket resolves once there is room, and sends nothing', async (type) => {
    const [a, b] = pair(type)
    await a.sender.whenWritable(undefined)
    fill(a)
    const writable = a.sender.whenWritable(undefined)
    expect([await settled(writable), a.sender.buffered]).toEqual([false, 0])
    const { consumption, events } = consume(b)
    await writable
    await expect.poll(() => events.length).toBeGreaterThan(0)
    await turn()
    consumption.stop()
    expect(events.join('')).toMatch(/^x+$/)
    expect(await send(a, 'goes')).toBe(4)
  })

  it('of a destination follows its waiting messages, and does not depend on other destinations', async () => {
    const [name, other] = [path(), path()]
    const [server, free] = [name, other].map((at) => MessageSocket.bind(at, {
      type: 'datagram', readAhead: 0,
    })) as [MessageSocket, MessageSocket]
    const client = coreFor(name, { type: 'datagram' })
    cores.push(client)
    fill(client, name)
    const waiting = client.sender.send(outgoing('waits', { to: name }, client.sending))
    const writable = client.sender.whenWritable(encodeAddress(name))
    await client.sender.whenWritable(encodeAddress(other))
    expect(await settled(writable)).toBe(false)
    await server.receive()
    await waiting
    expect(await settled(writable)).toBe(false)
    await server.receive()
    await writable
    await server.close()
    await free.close()
  })

  it('ends on an abort, on a close, and if the destination has gone', async () => {
    const name = path()
    const server = MessageSocket.bind(name, { type: 'datagram' })
    const client = coreFor(name, { type: 'datagram' })
    cores.push(client)
    fill(client, name)
    const [reason, controller] = [new Error('enough'), new AbortController()]
    const aborted = outcome(client.sender.whenWritable(encodeAddress(name), controller.signal))
    controller.abort(reason)
    expect([await aborted, client.waiting]).toEqual([reason, false])
    const gone = client.sender.whenWritable(encodeAddress(name))
    await server.close()
    // A send would fail at once: it would not wait.
    await gone
    const [a] = pair('stream')
    fill(a)
    const closed = outcome(a.sender.whenWritable(undefined))
    a.close()
    expect(await closed).toBe('ERR_CMSG_CLOSED')
  })
})
