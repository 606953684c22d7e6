/**
 * One epoll for all sockets of a thread, and one {@link Wakeup} for it.
 * @module
 */
import { clearInterval, setImmediate, setInterval, setTimeout } from 'node:timers'
import { isMainThread } from 'node:worker_threads'
import { constants } from '../../generated/constants.ts'
import { claim, closeClaimed } from '../descriptors/thread-end.ts'
import { SystemError } from '../errors.ts'
import { control, create, Events, type Wakeup } from './epoll.ts'
import { startWakeup } from './strategy.ts'
import { exhausted, renew } from './turn.ts'

const { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } = constants

/** What is told of readiness. */
export interface Dispatched {
  readonly fd: number
  /** `events` is undefined where it is the only one watched. */
  dispatch(events: number | undefined): void
  /** Nothing is watched any more, for this reason. */
  fail(error: Error): void
}

interface Poller {
  readonly epoll: number
  readonly events: Events
  /** By descriptor. */
  readonly watched: Map<number, Dispatched>
  readonly wakeup: Wakeup
}

let current: Poller | undefined
/** Ready, and left over from a turn whose budget was spent: descriptors and their events in turn. */
let leftOver: number[] = []
/** Descriptors that may be watched. */
let users = 0
/** ms until the poller of a thread that has none of them is given up. */
const idleAfter = 100
/** Callers that keep the process alive. */
let holds = 0
/** Keeps it alive where there is no poller to do so. */
let substitute: NodeJS.Timeout | undefined
const longDelay = 2 ** 30

function wake(): void {
  if (current === undefined) return
  const { watched, events, epoll, wakeup } = current
  try {
    renew()
    if (leftOver.length === 0 && watched.size === 1) {
      for (const one of watched.values()) one.dispatch(undefined)
      return
    }
    const found = leftOver
    leftOver = []
    // All events first: a callback may ask for more, in the same memory.
    const ready = found.length === 0 ? events.poll(epoll) : 0
    if (ready < 0) return fail(new SystemError({ syscall: 'epoll_wait', errno: -ready }))
    for (let i = 0; i < ready; i++) found.push(events.fd(i), events.events(i))
    let i = 0
    // At least one gets its turn.
    for (; i < found.length && (i === 0 || !exhausted()); i += 2) watched.get(found[i]!)?.dispatch(found[i + 1])
    // The kernel lists those that were listed now behind the others, so the rest must not be forgotten.
    if (i < found.length) {
      leftOver = found.slice(i)
      setImmediate(wake)
    }
  } finally {
    // Whatever happens: else nothing is heard of any socket any more.
    wakeup.rearm()
  }
}

/** Waiting has become impossible: all that waits is told, and the next that waits starts anew. */
function fail(error: Error): void {
  const watched = [...(current?.watched.values() ?? [])]
  end()
  for (const one of watched) one.fail(error)
}

/** @throws SystemError EMFILE, ENFILE, ENOMEM */
function poller(): Poller {
  if (current !== undefined) return current
  const epoll = claim(create())
  try {
    const events = new Events()
    const wakeup = startWakeup(epoll, wake, fail)
    if (holds > 0) wakeup.ref()
    clearInterval(substitute)
    // A Worker that ends takes no descriptors along, as a process does.
    if (!isMainThread) process.on('exit', end)
    return (current = { epoll, events, watched: new Map(), wakeup })
  } catch (error) {
    closeClaimed(epoll)
    throw error
  }
}

/** Start to watch a descriptor. Returns 0, or minus errno. @throws SystemError where nothing can be watched at all */
export function add(one: Dispatched, events: number): number {
  const { epoll, watched } = poller()
  const result = control(epoll, EPOLL_CTL_ADD, one.fd, events)
  if (result >= 0) watched.set(one.fd, one)
  return result
}

/** Watch for other events. Returns 0, or minus errno. */
export function update(one: Dispatched, events: number): number {
  return current === undefined ? 0 : control(current.epoll, EPOLL_CTL_MOD, one.fd, events)
}

/** Watch no more. Returns 0, or minus errno: whoever closed the descriptor has taken it out of the epoll. */
export function remove(one: Dispatched): number {
  // A descriptor that was closed behind our back may be another registration's by now.
  if (current === undefined || current.watched.get(one.fd) !== one) return 0
  current.watched.delete(one.fd)
  return control(current.epoll, EPOLL_CTL_DEL, one.fd, 0)
}

/** What a descriptor is ready for, asked of the kernel; 0 if that fails, and then all that waits has been told. */
export function readyEvents(one: Dispatched): number {
  if (current === undefined) return 0
  const { epoll, events } = current
  const ready = events.poll(epoll)
  if (ready < 0) fail(new SystemError({ syscall: 'epoll_wait', errno: -ready }))
  for (let i = ready - 1; i >= 0; i--) if (events.fd(i) === one.fd) return events.events(i)
  return 0
}

/** There is one more descriptor that may be watched, until {@link leave}. */
export function enter(): void {
  users++
}

export function leave(): void {
  if (--users === 0) setTimeout(() => { if (users === 0) end() }, idleAfter).unref()
}

function end(): void {
  if (current === undefined) return
  const { wakeup, epoll } = current
  current = undefined
  leftOver = []
  if (holds > 0) substitute = setInterval(() => {}, longDelay)
  process.off('exit', end)
  wakeup.close()
  closeClaimed(epoll)
}

/** Keeps the process alive until {@link release}. */
export function hold(): void {
  if (holds++ > 0) return
  if (current !== undefined) current.wakeup.ref()
  else substitute = setInterval(() => {}, longDelay)
}

export function release(): void {
  if (--holds > 0) return
  current?.wakeup.unref()
  clearInterval(substitute)
}
