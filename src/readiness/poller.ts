/**
 * One epoll instance for all sockets of a thread, with one {@link Wakeup}.
 * @module
 */
import { clearInterval, setInterval, setTimeout } from 'node:timers'
import { isMainThread } from 'node:worker_threads'
import { constants } from '../../generated/constants.ts'
import { claim, closeClaimed } from '../descriptors/thread-end.ts'
import { SystemError } from '../errors.ts'
import { control, create, Events, type Wakeup } from './epoll.ts'
import { startWakeup } from './strategy.ts'
import { exhausted, withinBudget } from './turn.ts'

const { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } = constants

/** A descriptor's owner, which is notified of readiness. */
export interface Dispatched {
  readonly fd: number
  /** Set by the poller: events of another generation were read before the last change, or belong to an earlier file of this number. */
  generation: number
  /** `events` is undefined if no other descriptor is watched. */
  dispatch(events: number | undefined): void
  /** Nothing is watched any more, because of this error. */
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
/** Ready descriptors left over from a turn whose budget was spent, each followed by its generation and its events. */
let leftOver: number[] = []
/** The generation of the last change. Those of other files have 0. */
let generation = 0
/** The number of registrations: descriptors that may be watched. */
let registrations = 0
/** Time in ms after which the poller of a thread without registrations is closed. */
const idleMs = 100
/** The number of callers that keep the process alive. */
let holds = 0
/** Keeps the process alive if there is no poller to do so. */
let substitute: NodeJS.Timeout | undefined
const longDelay = 2 ** 30

/** Peers that are served must not wait for the retries of those that are not. */
const wake = (): void => { withinBudget(serve, true) }

function serve(): void {
  if (current === undefined) return
  const { watched, events, epoll, wakeup } = current
  try {
    if (leftOver.length === 0 && watched.size === 1) {
      for (const one of watched.values()) one.dispatch(undefined)
      return
    }
    const found = leftOver
    leftOver = []
    // Read all events first: a callback may poll again, with the same memory.
    const ready = found.length === 0 ? events.poll(epoll) : 0
    if (ready < 0) return fail(new SystemError({ syscall: 'epoll_wait', errno: -ready }))
    for (let i = 0; i < ready; i++) found.push(events.fd(i), events.generation(i), events.events(i))
    let i = 0
    // At least one is served.
    for (; i < found.length && (i === 0 || !exhausted()); i += 3) {
      const one = watched.get(found[i]!)
      // A callback before this one may have changed what is watched. If the event still holds, the kernel reports it again.
      if (one?.generation === found[i + 1]) one!.dispatch(found[i + 2])
    }
    // The kernel lists these behind the others next time, so the rest must be kept.
    if (i < found.length) {
      leftOver = found.slice(i)
      wake()
    }
  } finally {
    // Always rearm, or no socket would ever be reported again.
    wakeup.rearm()
  }
}

/** Called when waiting has become impossible: fails all waiting operations. The next one starts a new poller. */
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
    // Unlike the end of a process, the end of a Worker does not close its descriptors.
    if (!isMainThread) process.on('exit', end)
    return (current = { epoll, events, watched: new Map(), wakeup })
  } catch (error) {
    closeClaimed(epoll)
    throw error
  }
}

/** Starts watching a descriptor. Returns 0 or minus errno. @throws SystemError if nothing can be watched at all */
export function startWatching(one: Dispatched, events: number): number {
  const { epoll, watched } = poller()
  const result = change(epoll, EPOLL_CTL_ADD, one, events)
  if (result >= 0) watched.set(one.fd, one)
  return result
}

/** Changes the watched events. Returns 0 or minus errno. */
export function changeEvents(one: Dispatched, events: number): number {
  return current === undefined ? 0 : change(current.epoll, EPOLL_CTL_MOD, one, events)
}

function change(epoll: number, operation: number, one: Dispatched, events: number): number {
  const next = (generation + 1) >>> 0
  const result = control(epoll, operation, one.fd, events, next)
  if (result >= 0) one.generation = generation = next
  return result
}

/** Stops watching. Returns 0, or minus errno if other code closed the descriptor, which removed it from the epoll instance. */
export function stopWatching(one: Dispatched): number {
  // If other code closed the descriptor, its number may belong to another registration by now.
  if (current === undefined || current.watched.get(one.fd) !== one) return 0
  current.watched.delete(one.fd)
  return control(current.epoll, EPOLL_CTL_DEL, one.fd, 0)
}

/** Asks the kernel for the ready events of a descriptor. Returns 0 if that fails, after failing all waiting operations. */
export function readyEvents(one: Dispatched): number {
  if (current === undefined) return 0
  const { epoll, events } = current
  const ready = events.poll(epoll)
  if (ready < 0) fail(new SystemError({ syscall: 'epoll_wait', errno: -ready }))
  for (let i = ready - 1; i >= 0; i--) if (events.fd(i) === one.fd && events.generation(i) === one.generation) return events.events(i)
  return 0
}

/** Counts one more registration, until {@link removeRegistration}. */
export function addRegistration(): void {
  registrations++
}

/** Counts one registration less. Without any, the epoll instance is closed after a while. */
export function removeRegistration(): void {
  if (--registrations === 0) setTimeout(() => { if (registrations === 0) end() }, idleMs).unref()
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

/** Keeps the process alive until {@link letProcessEnd}. */
export function keepProcessAlive(): void {
  if (holds++ > 0) return
  if (current !== undefined) current.wakeup.ref()
  else substitute = setInterval(() => {}, longDelay)
}

/** Lets the process end again, unless another {@link keepProcessAlive} is in force. */
export function letProcessEnd(): void {
  if (--holds > 0) return
  current?.wakeup.unref()
  clearInterval(substitute)
}
