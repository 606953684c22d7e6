/**
 * Ways to wait that break down, or that cannot start. Run by breakdown.test.ts; it prints one line of JSON.
 *
 *   breakdown.program.ts terminated    by thread: the Worker is terminated, again and again, and each time a message comes
 *   breakdown.program.ts useless       by thread: every Worker ends at once
 *   breakdown.program.ts refused       by thread: after the first no Worker can be started
 *   breakdown.program.ts destroyed     by handle: somebody destroys the handle
 *   breakdown.program.ts neither       by the strategy that is found: the handle is destroyed during the test, and no Worker starts
 *   breakdown.program.ts shortage      by the strategy of CMSG_READINESS: few descriptors are left
 *   breakdown.program.ts recovers      by thread: there are no descriptors for the Worker, and then there are
 *   breakdown.program.ts twice         by the strategy that is found: it is started twice, for strace to make calls fail
 */
import { closeSync, openSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { Socket } from 'node:net'
import workers from 'node:worker_threads'
import { MessageSocket } from '../../src/index.ts'
import { close } from '../../src/libc/sockets.ts'
import { create } from '../../src/readiness/epoll.ts'
import { startWakeup, strategy } from '../../src/readiness/strategy.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'

const Original = workers.Worker
const started: workers.Worker[] = []
let make: (...args: ConstructorParameters<typeof workers.Worker>) => workers.Worker = (...args) => new Original(...args)
workers.Worker = function (...args: ConstructorParameters<typeof workers.Worker>) {
  const worker = make(...args)
  started.push(worker)
  return worker
} as unknown as typeof workers.Worker
syncBuiltinESMExports()

const turn = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 5) })
async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 20_000; !condition();) {
    if (performance.now() > end) throw new Error(`it never came to ${condition}`)
    await turn()
  }
}

/** Wait until no descriptor is open that was not, and return those that are open after all. */
async function leaked(before: Map<number, string>): Promise<string[]> {
  for (const end = performance.now() + 10_000; newDescriptors(before).length > 0 && performance.now() < end;) await turn()
  return newDescriptors(before)
}

/** Start waiting on an epoll without events, and stop, or let it break down. */
async function failures(breakDown: () => void): Promise<unknown> {
  const epoll = create()
  const before = openDescriptors()
  const failed: string[] = []
  let returned = false
  const wakeup = startWakeup(epoll, () => {}, (error) => { failed.push(returned ? error.message : 'too early') })
  returned = true
  wakeup.ref()
  breakDown()
  await until(() => failed.length > 0)
  wakeup.rearm()
  wakeup.unref()
  wakeup.close()
  for (let i = 0; i < 10; i++) await turn()
  close(epoll)
  return { failed, workers: started.length, leaked: await leaked(before) }
}

function destroyHandle(): void {
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles(): object[] }
  for (const handle of handles() as Socket[]) if (handle instanceof Socket && !handle.writable) handle.destroy()
}

const modes: Record<string, () => Promise<unknown>> = {
  async terminated() {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    const received: string[] = []
    for (let i = 0; i < 20; i++) {
      const waiting = b.receive()
      // Before the message, after it, and while nothing is awaited.
      if (i % 3 === 0) void started.at(-1)?.terminate()
      await a.send(String(i))
      if (i % 3 === 1) void started.at(-1)?.terminate()
      received.push(String((await waiting)?.data))
      if (i % 3 === 2) await started.at(-1)?.terminate()
    }
    await Promise.all([a.close(), b.close()])
    return { received: received.join(' '), several: started.length > 10 }
  },

  useless: () => {
    make = () => new Original('', { eval: true })
    return failures(() => {})
  },

  refused: () => failures(() => {
    make = () => { throw new Error('no more Workers') }
    void started[0]!.terminate()
  }),

  destroyed: () => failures(destroyHandle),

  async neither() {
    make = () => { throw new Error('no more Workers') }
    return [await failures(destroyHandle), strategy() ?? 'none']
  },

  async shortage() {
    const epoll = create()
    // What is loaded at first use is.
    startWakeup(epoll, () => {}, () => {}).close()
    for (let i = 0; i < 40; i++) await turn()
    const before = openDescriptors()
    const outcomes: string[] = []
    // None for a Worker, or enough: of one that has too few, Node itself leaves an epoll descriptor open.
    for (const left of [0, 1, 2, 20]) {
      const filling: number[] = []
      try {
        for (;;) filling.push(openSync('/dev/null', 'r'))
      } catch {
        for (let i = 0; i < left; i++) closeSync(filling.pop()!)
      }
      let outcome = 'started'
      const failed: Error[] = []
      try {
        startWakeup(epoll, () => {}, (error) => failed.push(error)).close()
      } catch (error) {
        outcome = (error as { code: string }).code
      }
      for (const fd of filling) closeSync(fd)
      const open = await leaked(before)
      outcomes.push(...failed.map(({ message }) => message), outcome, ...open)
    }
    return outcomes
  },

  async recovers() {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    const epoll = create()
    startWakeup(epoll, () => {}, () => {}).close()
    for (let i = 0; i < 40; i++) await turn()
    const filling: number[] = []
    try {
      for (;;) filling.push(openSync('/dev/null', 'r'))
    } catch {
      // Enough for what this thread opens.
      for (let i = 0; i < 4; i++) closeSync(filling.pop()!)
    }
    const before = started.length
    const waiting = b.receive()
    await a.send('late')
    await until(() => started.length > before + 2)
    for (const fd of filling) closeSync(fd)
    const received = String((await waiting)?.data)
    await Promise.all([a.close(), b.close()])
    return received
  },

  async twice() {
    const outcomes: unknown[] = []
    const epoll = create()
    for (let i = 0; i < 2; i++) {
      const before = openDescriptors()
      try {
        const wakeup = startWakeup(epoll, () => {}, () => {})
        for (const end = performance.now() + 20_000; strategy() === undefined && performance.now() < end;) await turn()
        wakeup.close()
        outcomes.push(strategy())
      } catch (error) {
        outcomes.push((error as { code: string }).code)
      }
      outcomes.push(...await leaked(before))
    }
    return outcomes
  },
}

console.log(JSON.stringify(await modes[process.argv[2]!]!()))
