/**
 * Waiting by a thread: a Worker that is blocked in epoll_wait and posts a message for each wake. It works wherever
 * there are Workers: Node, Bun, Deno.
 *
 * The thread waits on an epoll of its own, which holds the one to be watched, one-shot, so that a wake is posted once
 * and not for as long as it takes to be dealt with. To end it an eventfd is added, which is ready: no Worker can be ended
 * while it is blocked, and the exit of the process would wait for it.
 * @module
 */
import { Worker } from 'node:worker_threads'
import { constants } from '../../generated/constants.ts'
import { structs } from '../abi/structs.ts'
import { succeeded } from '../libc/arguments.ts'
import { close } from '../libc/sockets.ts'
import { loadLibc } from '../native/ffi.ts'
import * as sys from '../native/syscalls.ts'
import { control, create, type Wakeup } from './epoll.ts'

const { epoll_event } = structs
const { EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLLIN, EPOLLONESHOT, EFD_CLOEXEC } = constants

// What the Worker runs. It only calls epoll_wait, whose symbol is resolved: that ffi-rs can do on any thread. As text,
// because a file of its own would have to be found again after bundling.
const thread = `
const { parentPort, workerData } = require('node:worker_threads')
const { library, outer, stop, longest, size, dataOffset, state, states } = workerData
const { DataType, load } = require(workerData.module)
const { I32, U8Array } = DataType
const events = Buffer.from(new ArrayBuffer(2 * size))
const mayRun = Atomics.compareExchange(state, 0, states.starting, states.running) === states.starting
for (let failures = 0; mayRun && failures < 1000; ) {
  const ready = load({
    library, funcName: 'epoll_wait', retType: I32, paramsType: [I32, U8Array, I32, I32], paramsValue: [outer, events, 2, longest], freeResultMemory: false,
  })
  failures = ready < 0 ? failures + 1 : 0 // a signal, now and then
  let ended = false
  for (let i = 0; i < ready; i++) ended ||= events.readInt32LE(i * size + dataOffset) === stop
  if (ended) break
  if (ready > 0) parentPort.postMessage(0)
}
Atomics.store(state, 0, states.ended)
Atomics.notify(state, 0)`

/** What the thread is at, shared with it. */
const states = { starting: 0, running: 1, ended: 2 } as const
/** ms. It leaves epoll_wait in some µs, where the machine is not very busy. */
const lastWords = 2000

/** ms. Somebody may end this thread without our being told: then the Worker must find out by itself. */
const longest = 500

export function byThread(epoll: number, wake: () => void): Wakeup {
  const outer = create()
  const stop = succeeded(sys.call('eventfd', 1, EFD_CLOEXEC), 'eventfd')
  control(outer, EPOLL_CTL_ADD, epoll, EPOLLIN | EPOLLONESHOT)

  const state = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const worker = new Worker(thread, {
    eval: true,
    // Not those of this process: --input-type=module would make it a module, --import and --require are not for it.
    execArgv: [],
    workerData: { ...loadLibc().forThreads, outer, stop, longest, size: epoll_event.size, dataOffset: epoll_event.fields.data.offset, state, states },
  })
  worker.unref()
  worker.on('message', () => { wake() })

  let gone = false
  // Not written to: Deno's file system knows no descriptors but its own.
  const end = (): void => { if (!gone) control(outer, EPOLL_CTL_ADD, stop, EPOLLIN) }
  // When the process exits its Workers are terminated, and ffi-rs, called by one just then, aborts the process: so the
  // exit waits until the last call is over, or sees to it that there is none.
  const exit = (): void => {
    if (Atomics.compareExchange(state, 0, states.starting, states.ended) !== states.running) return
    end()
    Atomics.wait(state, 0, states.running, lastWords)
  }
  process.on('exit', exit)
  worker.on('exit', () => {
    gone = true
    process.off('exit', exit)
    close(outer)
    close(stop)
  })
  return {
    ref: () => { worker.ref() },
    unref: () => { worker.unref() },
    rearm: () => { if (!gone) control(outer, EPOLL_CTL_MOD, epoll, EPOLLIN | EPOLLONESHOT) },
    close: end,
  }
}
