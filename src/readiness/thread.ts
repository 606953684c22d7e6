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
import { succeeded } from '../arguments.ts'
import { close } from '../libc/sockets.ts'
import { loadLibc } from '../native/ffi.ts'
import { Arena } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import { control, create, type Wakeup } from './epoll.ts'

const { epoll_event } = structs
const { EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL, EPOLLIN, EPOLLONESHOT, EFD_CLOEXEC } = constants

// What the Worker runs. It only calls what is resolved, with numbers: that ffi-rs can do on any thread, and a Worker that
// is terminated meanwhile, with the one that it belongs to, does no harm. As text, because a file of its own would have
// to be found again after bundling.
const thread = `
const { parentPort, workerData } = require('node:worker_threads')
const { library, outer, stop, events, longest, EPOLL_CTL_DEL } = workerData
const { DataType, load } = require(workerData.module)
const { I32, I64 } = DataType
const call = (funcName, paramsType, paramsValue) => load({ library, funcName, retType: I32, paramsType, paramsValue, freeResultMemory: false })
for (let failures = 0; failures < 1000; ) {
  const ready = call('epoll_wait', [I32, I64, I32, I32], [outer, events, 2, longest])
  failures = ready < 0 ? failures + 1 : 0 // a signal, now and then
  if (ready > 0 && call('epoll_ctl', [I32, I32, I32, I64], [outer, EPOLL_CTL_DEL, stop, 0]) === 0) break
  if (ready > 0) parentPort.postMessage(0)
}`

/** ms. Somebody may end this thread without our being told: then the Worker must find out by itself. */
const longest = 500

export function byThread(epoll: number, wake: () => void): Wakeup {
  // This thread's memory: it ends after the one that it starts.
  const events = new Arena(2 * epoll_event.size)
  const stop = succeeded(sys.call('eventfd', 1, EFD_CLOEXEC), 'eventfd')
  let outer: number
  try {
    outer = create()
  } catch (error) {
    close(stop)
    throw error
  }
  control(outer, EPOLL_CTL_ADD, epoll, EPOLLIN | EPOLLONESHOT)

  const worker = new Worker(thread, {
    eval: true,
    // Not those of this process: --input-type=module would make it a module, --import and --require are not for it.
    execArgv: [],
    workerData: { ...loadLibc().forThreads, outer, stop, events: events.address, longest, EPOLL_CTL_DEL },
  })
  worker.unref()
  worker.on('message', () => { wake() })

  let gone = false
  // Not written to: Deno's file system knows no descriptors but its own.
  const end = (): void => { if (!gone) control(outer, EPOLL_CTL_ADD, stop, EPOLLIN) }
  process.on('exit', end)
  worker.on('exit', () => {
    gone = true
    events.release()
    process.off('exit', end)
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
