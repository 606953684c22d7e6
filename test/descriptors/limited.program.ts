/**
 * What happens when a process may have no more descriptors (RLIMIT_NOFILE). Started by limits.test.ts under prlimit;
 * prints its results as JSON. It ends by itself, although sockets are open: nothing is awaited any more.
 *
 *   limited.program.ts shortage    none or few are left in mid-receive
 *   limited.program.ts ahead       more are queued than can be open at once, and are read one message after the other
 *   limited.program.ts underway    more are sent than may be under way
 */
import { closeSync, openSync, readdirSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { MessageSocket, Pidfd, SystemError, pidfd, rights } from '../../src/index.ts'

const count = (): number => readdirSync('/proc/self/fd').length - 1

/** Leaves `left` descriptors that can still be opened, while `body` runs. */
async function withOnly<T>(left: number, body: () => T): Promise<Awaited<T>> {
  const fillers: number[] = []
  try {
    for (;;) fillers.push(openSync('/dev/null', 'r'))
  } catch {
    // That was the last one.
  }
  for (const fd of fillers.splice(0, left)) closeSync(fd)
  try {
    return await body()
  } finally {
    for (const fd of fillers) closeSync(fd)
  }
}

/** Descriptors under way are counted by user: those of other tests too. */
async function send(socket: MessageSocket, data: string, descriptors: number): Promise<void> {
  for (;;) {
    try {
      await socket.send(data, { control: [rights(Array<number>(descriptors).fill(0))] })
      return
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'ETOOMANYREFS')) throw error
      await after(10)
    }
  }
}

async function failure(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt()
    return 'it worked'
  } catch (error) {
    return (error as { code: unknown }).code
  }
}

async function shortage(): Promise<Record<string, unknown>> {
  const results: Record<string, unknown> = {}
  for (const type of ['datagram', 'seqpacket', 'stream'] as const) {
    for (const left of [0, 1, 5]) {
      const [here, there] = MessageSocket.pair({ type, receive: [rights] })
      const before = count()
      await send(here as MessageSocket, 'the data', 20)
      const first = await withOnly(left, () => {
        using message = there.receiveNow()!
        const { data, controlTruncated, truncated } = message
        return { data: String(data), descriptors: message.get(rights)?.length ?? 0, controlTruncated, truncated }
      })
      const leaked = count() - before
      await send(here as MessageSocket, 'the next', 2)
      using message = (await there.receive())!
      const next = [String(message.data), message.get(rights)?.length, message.controlTruncated]
      results[`${type} ${left}`] = { ...first, leaked, next }
      await here.close()
      await there.close()
    }
  }

  const [here, there] = MessageSocket.pair({ type: 'datagram', receive: [pidfd] })
  await here.send('x')
  results.pidfd = await withOnly(0, () => {
    using message = there.receiveNow()!
    const value = message.get(pidfd)
    if (!(value instanceof SystemError)) return value
    const { name, code, errno, syscall } = value
    return { name, code, errno, syscall, data: String(message.data) }
  })
  await here.send('x')
  using message = there.receiveNow()!
  const again = message.get(pidfd)
  results.pidfdAgain = again instanceof Pidfd && again.pid === process.pid

  const peer = there.peerPidfd()!
  results.peerPidfd = await withOnly(0, () => failure(() => there.peerPidfd()))
  // The first wait of a process takes a descriptor for the pidfd, and then some for the event loop.
  const before = count()
  for (const left of [0, 1, 2, 3]) results[`exited ${left}`] = await withOnly(left, () => failure(() => peer.exited()))
  results.exitedLeaked = count() - before
  const abort = new AbortController()
  const exited = peer.exited({ signal: abort.signal })
  abort.abort({ code: 'aborted' })
  results.exitedAborted = await failure(() => exited)
  return results
}

async function ahead(): Promise<unknown> {
  const results: unknown[] = []
  for (const type of ['datagram', 'seqpacket'] as const) {
    const [here, there] = MessageSocket.pair({ type, receive: [rights] })
    for (let i = 0; i < 5; i++) await send(here as MessageSocket, `${i}`, 200)
    for (let i = 0; i < 5; i++) {
      using message = (await there.receive())!
      results.push([String(message.data), message.get(rights)?.length, message.controlTruncated])
    }
  }
  return results
}

async function underway(): Promise<unknown> {
  const [here, there] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
  const control = [rights([0, 0, 0, 0])]
  for (let sent = 0; ; sent += 4) {
    try {
      here.sendNow('x', { control })
    } catch (error) {
      for (let message = there.receiveNow(); message !== undefined; message = there.receiveNow()) message[Symbol.dispose]()
      return { sent, message: (error as Error).message, again: await failure(() => send(here as MessageSocket, 'x', 4)) }
    }
  }
}

console.log(JSON.stringify(await { shortage, ahead, underway }[process.argv[2] as 'shortage']()))
