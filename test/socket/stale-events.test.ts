/**
 * Events that were read before a callback changed what is watched: the number of a closed socket belongs to another one by then.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { decodeAddress, encodeAddress } from '../../src/codec.ts'
import { MessageSocket } from '../../src/index.ts'
import { bind, close, connect, constants, getsockname, listen, socket } from '../../src/libc.ts'
import { spend } from '../../src/readiness/turn.ts'

const { AF_INET, SOCK_STREAM, SOCK_NONBLOCK } = constants
/** The value of a promise, or the name of its error: an abort rejects with `TimeoutError`. */
const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: Error) => error.name)
const cleanUp: (() => unknown)[] = []

/**
 * In one pass over the ready descriptors a message is reported first, and then the end of another connection. `act` is called when
 * the message has been received, with the socket whose end is reported.
 */
async function afterMessage(act: (ended: MessageSocket) => void): Promise<void> {
  const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
  const [x, y] = MessageSocket.pair({ type: 'datagram' })
  const listener = (event: unknown): void => { if ((event as { socket: unknown }).socket === y) act(b) }
  subscribe('cmsg:received', listener)
  cleanUp.push(() => unsubscribe('cmsg:received', listener), () => Promise.all([a, b, x, y].map((one) => one.close())))
  const received = y.receive()
  void b.receive().catch(() => {})
  // By now both are watched, and nothing has been reported.
  await sleep(20)
  x.sendNow('x')
  void a.close()
  await received
}

/** Closes a socket, and creates sockets until one has its number. */
function reuse<S extends MessageSocket>(old: MessageSocket, create: () => readonly S[]): S {
  const { fd } = old
  void old.close()
  // A native thread may close it, and is slow on a busy machine.
  for (const begun = performance.now(); existsSync(`/proc/self/fd/${fd}`) && performance.now() - begun < 5000;);
  for (let i = 0; i < 100; i++) {
    const made = create()
    cleanUp.push(() => Promise.all(made.map((one) => one.close())))
    const found = made.find((one) => one.fd === fd)
    if (found !== undefined) return found
  }
  throw new Error('the number was not used again')
}

async function clean(): Promise<void> {
  for (const step of cleanUp.splice(0)) await step()
}

describe.each(['stream', 'seqpacket'] as const)('the end of a closed connection does not end a new %s socket of its number', (type) => {
  it.each(['in the same pass', 'in a later turn, because the budget was spent'])('%s', async (when) => {
    try {
      let fresh: MessageSocket | undefined
      let result: Promise<unknown> | undefined
      await afterMessage((ended) => {
        const act = (): void => {
          fresh = reuse(ended, () => MessageSocket.pair({ type }))
          result = outcome(fresh.receive({ signal: AbortSignal.timeout(100) }))
        }
        if (when === 'in the same pass') return act()
        setImmediate(act)
        spend(1e6, 0)
      })
      await sleep(20)
      expect(await result).toBe('TimeoutError')
      expect(fresh?.ended).toBe(false)
    } finally {
      await clean()
    }
  })
})

/** A listener whose queue is full: the kernel drops each further SYN. */
function fullListener() {
  const listener = socket(AF_INET, SOCK_STREAM)
  bind(listener, encodeAddress({ address: '127.0.0.1', port: 0 }))
  listen(listener, 0)
  const name = getsockname(listener)
  const queued = Array.from({ length: 4 }, () => {
    const fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
    try {
      connect(fd, name)
    } catch {
      // EINPROGRESS
    }
    return fd
  })
  cleanUp.push(() => { for (const fd of [listener, ...queued]) close(fd) })
  return decodeAddress(name)
}

const tcp = (): MessageSocket => MessageSocket.open({ family: 'inet', type: 'stream' })

describe('an event from before connect() does not resolve it', () => {
  it('if it is the event of a closed socket with the same number', async () => {
    try {
      const to = fullListener()
      let result: Promise<unknown> | undefined
      await afterMessage((ended) => {
        result = outcome(reuse(ended, () => [tcp()]).connect(to, { signal: AbortSignal.timeout(200) }))
      })
      expect(await result).toBe('TimeoutError')
    } finally {
      await clean()
    }
  })

  it('if it is the event of the same socket, which had hung up because it was not connected', async () => {
    try {
      const to = fullListener()
      const client = tcp()
      cleanUp.push(() => client.close())
      let result: Promise<unknown> | undefined
      await afterMessage(() => {
        const [x, y] = MessageSocket.pair({ type: 'datagram' })
        cleanUp.push(() => Promise.all([x.close(), y.close()]))
        const connecting = (event: unknown): void => {
          if ((event as { socket: unknown }).socket !== y) return
          result = outcome(client.connect(to, { signal: AbortSignal.timeout(200) }))
        }
        subscribe('cmsg:received', connecting)
        cleanUp.push(() => unsubscribe('cmsg:received', connecting))
        void y.receive()
        x.sendNow('x')
        // In the next pass this is reported after the message.
        void client.receive({ flags: constants.MSG_ERRQUEUE }).catch(() => {})
      })
      await sleep(20)
      expect(await result).toBe('TimeoutError')
    } finally {
      await clean()
    }
  })
})
