/**
 * Waits with a thread: a Worker that blocks in epoll_wait and posts a message for each wakeup. It works in every runtime with
 * Workers: Node, Bun, Deno.
 *
 * The thread waits on a second epoll instance, which contains the watched one as one-shot, so that a wakeup is posted once and not
 * repeatedly until it is handled. A ready eventfd is added to end the thread: a blocked Worker cannot be ended otherwise, and the
 * exit of the process would wait for it. A Worker that ends in another way (an error, lack of memory, `terminate()` by other code)
 * is replaced.
 * @module
 */
import { clearTimeout, setTimeout } from 'node:timers'
import { Worker } from 'node:worker_threads'
import { constants } from '../../generated/constants.ts'
import { errno as errnos } from '../../generated/errno.ts'
import { structs } from '../abi/structs.ts'
import { succeeded, systemError } from '../arguments.ts'
import { claim, closeClaimed } from '../descriptors/thread-end.ts'
import { unsupported } from '../errors.ts'
import { engine, type Lasting } from '../native/engine.ts'
import * as sys from '../native/syscalls.ts'
import { control, create, type Wakeup } from './epoll.ts'

const { epoll_event } = structs
const { EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL, EPOLLIN, EPOLLONESHOT, EFD_CLOEXEC } = constants

// An interruption by a signal is not a failure.
const loop = (calls: string): string => `
const { parentPort, workerData } = require('node:worker_threads')
const { data, ending, outer, events, maxWaitMs, EINTR } = workerData
const { epoll_wait } = (${calls})(data)
let failed = false
while (!failed && Atomics.load(ending, 0) === 0) {
  const ready = epoll_wait(outer, events, 2, maxWaitMs)
  failed = ready < 0 && ready !== -EINTR
  if ((ready > 0 || failed) && Atomics.load(ending, 0) === 0) parentPort.postMessage(ready)
}`

/** Maximum time in ms per epoll_wait. This thread or the Worker may be ended without notice, so the Worker must return to JavaScript. */
const maxWaitMs = 500

/** Delays in ms before an ended Worker is replaced, for each consecutive failure. After the last one it is not replaced. */
const restartDelaysMs = [0, 10, 100, 1000, 3000]

/** A Worker that ran for this long in ms, or reported a wakeup, works: its failures are forgotten. */
const stableAfterMs = 10_000

/** Calls `wake` when the epoll descriptor is readable, and `fail` when waiting has failed. */
export function byThread(epoll: number, wake: () => void, fail: (error: Error) => void): Wakeup {
  let waiter: Waiter | undefined
  let timer: NodeJS.Timeout | undefined
  let refed = false
  let ended = false
  /** The number of Workers that ended since one worked. */
  let failures = 0

  const end = (): void => {
    ended = true
    clearTimeout(timer)
    process.off('exit', end)
    waiter?.end()
    waiter = undefined
  }
  const start = (): Waiter => {
    const started = performance.now()
    const onWake = (): void => {
      failures = 0
      wake()
    }
    return new Waiter(epoll, onWake, (cause) => {
      if (performance.now() - started > stableAfterMs) failures = 0
      replace(cause)
    })
  }
  /** Replaces a Worker that has ended or no longer works. */
  const replace = (cause: Error): void => {
    waiter?.end()
    waiter = undefined
    const delay = restartDelaysMs[failures++]
    timer = setTimeout(() => {
      timer = undefined
      if (delay === undefined) {
        end()
        fail(unsupported(`The thread that waits for sockets failed ${failures} times: ${cause.message}`, cause))
        return
      }
      try {
        waiter = start()
        if (refed) waiter.ref()
      } catch (error) {
        replace(error as Error)
      }
    }, delay)
    if (!refed) timer.unref()
  }

  waiter = start()
  // The exit of the process waits for the Worker.
  process.on('exit', end)
  return {
    ref: () => {
      refed = true
      timer?.ref()
      waiter?.ref()
    },
    unref: () => {
      refed = false
      timer?.unref()
      waiter?.unref()
    },
    rearm: () => {
      const result = waiter?.rearm() ?? 0
      if (result < 0 && !ended) replace(systemError(-result, 'epoll_ctl'))
    },
    close: end,
  }
}

/** A Worker with the descriptors and memory that it uses to wait. */
class Waiter {
  readonly #epoll: number
  readonly #outer: number
  readonly #stop: number
  readonly #events: Lasting
  readonly #worker: Worker
  /** Shared by both threads. */
  readonly #ending = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))

  /** `broken` is called once if the Worker ends unexpectedly. */
  constructor(epoll: number, wake: () => void, broken: (cause: Error) => void) {
    this.#epoll = epoll
    this.#stop = claim(succeeded(sys.call('eventfd', 1, EFD_CLOEXEC), 'eventfd'))
    let outer: number | undefined
    try {
      outer = this.#outer = claim(create())
      succeeded(control(outer, EPOLL_CTL_ADD, epoll, EPOLLIN | EPOLLONESHOT), 'epoll_ctl')
      // Added at the start, without events: later there may be no memory for adding it.
      succeeded(control(outer, EPOLL_CTL_ADD, this.#stop, 0), 'epoll_ctl')
      const { lasting, workerCalls: { source, data, execArgv } } = engine()
      this.#events = lasting(2 * epoll_event.size)
      this.#worker = new Worker(loop(source), {
        eval: true,
        // Without the options of this process: --input-type=module would make it a module, and --import and --require are not for it.
        execArgv: [...execArgv],
        workerData: { data, ending: this.#ending, outer, events: this.#events.address, maxWaitMs, EINTR: errnos.EINTR },
      })
    } catch (error) {
      if (outer !== undefined) closeClaimed(outer)
      closeClaimed(this.#stop)
      throw error
    }
    let cause: Error | undefined
    this.#worker.on('message', (ready: number) => {
      if (ready < 0) cause = systemError(-ready, 'epoll_wait')
      else if (!this.#isEnding()) wake()
    })
    this.#worker.on('error', (error: Error) => { cause = error })
    this.#worker.on('exit', (code) => {
      const asked = this.#isEnding()
      this.#close(asked)
      if (!asked) broken(cause ?? new Error(`its exit code is ${code}`))
    })
    // This comes last, because a message listener makes the Worker keep the process alive.
    this.#worker.unref()
  }

  ref(): void {
    this.#worker.ref()
  }
  unref(): void {
    this.#worker.unref()
  }

  #isEnding(): boolean {
    return Atomics.load(this.#ending, 0) !== 0
  }

  /** Allows the next wakeup. Returns 0 or minus errno. */
  rearm(): number {
    return control(this.#outer, EPOLL_CTL_MOD, this.#epoll, EPOLLIN | EPOLLONESHOT)
  }

  /** Ends the Worker. If waking it fails, it notices after a while. */
  end(): void {
    Atomics.store(this.#ending, 0, 1)
    // The eventfd is enabled, not written to, because Deno's file system functions accept only Deno's own descriptors.
    control(this.#outer, EPOLL_CTL_MOD, this.#stop, EPOLLIN)
  }

  #close(asked: boolean): void {
    // If other code has closed it, the number may refer to another file by now.
    if (control(this.#outer, EPOLL_CTL_DEL, this.#stop, 0) === 0) closeClaimed(this.#outer)
    closeClaimed(this.#stop)
    // A Worker that was terminated may still be in its last call: Deno does not wait for that.
    if (asked) this.#events.release()
  }
}
