/**
 * The only place that closes received descriptors, and sockets that may contain some.
 *
 * close(2) may block: for a TCP socket with SO_LINGER as long as its peer reads nothing, for a Unix socket with such a socket in its
 * queue, for a file on FUSE forever. A peer could stop the event loop by sending one. So only descriptors whose close cannot block
 * are closed at once. All others are closed by a native thread that runs only libc's `close`, so neither the loop nor the exit of
 * the process waits for it.
 *
 * A thread costs as much as twenty closes. So descriptors are sent as a message from one end of a socketpair to the other: their
 * numbers can be closed at once, since the message still refers to the files, and one thread closes the pair with everything that a
 * turn has put in it. This does not help with files that may block at each close, which get a thread each.
 *
 * A peer can block such threads as long as it likes, so there are at most {@link maxThreads}; further descriptors wait in the pair.
 * {@link waitingToClose} counts them, so that callers can limit them.
 * @module
 */
import { close as closeLater, closeSync } from 'node:fs'
import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { isMainThread } from 'node:worker_threads'
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { CMSG_LEN, CMSG_SPACE, cmsghdrOf, writeCmsghdr } from '../abi/cmsg.ts'
import { intSize } from '../abi/scalars.ts'
import { structs } from '../abi/structs.ts'
import { attempt } from '../errors.ts'
import { sharedByCopies } from '../limits.ts'
import { engine } from '../native/engine.ts'
import { Arena, scratch } from '../native/memory.ts'
import { sendmsg } from '../native/message-calls.ts'
import { sleep } from '../native/sleep.ts'
import * as sys from '../native/syscalls.ts'
import { closeKindOf } from './close-kind.ts'
import { closeClaimed, closeClaimedLater, unclaim } from './thread-end.ts'

const { AF_UNIX, SOCK_STREAM, SOCK_CLOEXEC, SOL_SOCKET, SCM_RIGHTS, MSG_DONTWAIT, MSG_NOSIGNAL, SCM_MAX_FD } = constants

/**
 * Closes received descriptors, which must not be used any more. Descriptors whose close cannot block are closed now, and the numbers
 * of most others are freed now; the rest is closed soon on another thread.
 */
export function closeReceived(fds: readonly number[]): void {
  const together: number[] = []
  for (const fd of fds) {
    const kind = closeKindOf(fd)
    if (kind === 'quick') closeQuickly(fd)
    else if (kind === 'last') together.push(fd)
    else if (kind === 'every') waitForThread(fd)
  }
  for (let i = 0; i < together.length; i += SCM_MAX_FD) {
    const some = together.slice(i, i + SCM_MAX_FD)
    if (!putIntoPair(some)) some.forEach(waitForThread)
  }
  if (waiting.length === 0 && pair === undefined) return
  // A program that blocks may never see the end of its turn.
  if (waiting.length >= maxThreads || (pair !== undefined && pair.count >= SCM_MAX_FD)) startThreads()
  else if (!atEnd) process.nextTick(startThreads)
  atEnd = waiting.length > 0 || pair !== undefined
}

/** True if threads will be started at the end of this turn. */
let atEnd = false

/** Time in ms for which a turn of the event loop may wait until sockets are closed. It takes 0.05 ms for each unless a peer delays it. */
const maxWaitMs = 5
/** What is left of it in this turn. */
let waitLeft = maxWaitMs

/**
 * Closes one of this library's sockets whose close may block, and waits for it a little. Usually it is closed by then, so the peer
 * sees the end at once; otherwise the thread finishes alone. If there are too many threads, it is closed like a received descriptor.
 */
export function closeAndWait(fd: number): void {
  removeEnded()
  const name = threads.length < maxThreads ? closeOnThread(fd) : undefined
  if (name === undefined) {
    closeReceived([fd])
    return
  }
  if (waitLeft === maxWaitMs) setImmediate(() => { waitLeft = maxWaitMs }).unref()
  const thread = { name, count: 1 }
  const start = performance.now()
  let running = isRunning(thread)
  for (; running && performance.now() - start < waitLeft; running = isRunning(thread)) sleep(checkIntervalMs)
  waitLeft -= performance.now() - start
  if (!running) return
  threads.push(thread)
  scheduleCheck(minDelayMs)
}

/** Time in ms between two checks of a thread that is waited for. */
const checkIntervalMs = 0.02

/** close(2) of a descriptor that was not received from a peer, ignoring the result. */
export const closeOwn = (fd: number): void => { sys.call('close', fd) }

/** The number of received descriptors that are not closed yet, or not known to be closed. */
export const waitingToClose = (): number => (pair?.count ?? 0) + [...waiting, ...threads].reduce((sum, { count }) => sum + count, 0)

/** A descriptor to be closed by a thread, and the number of received descriptors that this closes. */
interface Waiting { readonly fd: number; readonly count: number }
const waiting: Waiting[] = []

/** Leaves a descriptor to a native thread, which must not close a claimed number: it is unclaimed first. */
function waitForThread(fd: number): void {
  const unclaimed = attempt(() => unclaim(fd))
  if (unclaimed === undefined) closeClaimedLater(fd)
  else waiting.push({ fd: unclaimed, count: 1 })
}

/** A socketpair with messages that will not be received. Closing it closes the descriptors in them. */
interface Pair { readonly from: number; readonly to: number; readonly count: number }
/** The pair that collects descriptors until a thread is available. */
let pair: Pair | undefined

/** Puts descriptors into a pair and closes their numbers. Returns false if no pair can be created, or it accepts no more. */
function putIntoPair(fds: readonly number[]): boolean {
  if (pair === undefined || !pass(pair.from, fds)) {
    const fresh = openPair()
    if (fresh === undefined) return false
    if (!pass(fresh.from, fds)) {
      closeQuickly(fresh.from)
      closeQuickly(fresh.to)
      return false
    }
    // The previous pair is full.
    shutPair()
    pair = { ...fresh, count: 0 }
  }
  pair = { ...pair, count: pair.count + fds.length }
  for (const fd of fds) closeQuickly(fd)
  return true
}

/** Completes the pair: its receiving end then waits for a thread. */
function shutPair(): void {
  if (pair === undefined) return
  // The sending end has an empty queue, so this cannot block.
  closeQuickly(pair.from)
  waiting.push({ fd: pair.to, count: pair.count })
  pair = undefined
}

function openPair(): { readonly from: number; readonly to: number } | undefined {
  const { address, view } = scratch(2 * intSize)
  if (sys.call('socketpair', AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, address) < 0) return undefined
  return { from: view.getInt32(0, true), to: view.getInt32(intSize, true) }
}

const { msghdr, iovec } = structs
const header = cmsghdrOf()

/** A message with one byte and the maximum number of descriptors, laid out once: only lengths and numbers change. */
let letter: Arena | undefined
const [controlAt, dataAt] = [msghdr.size + iovec.size, msghdr.size + iovec.size + CMSG_SPACE(SCM_MAX_FD * intSize)]

function layOut(): Arena {
  const arena = new Arena(dataAt + 1)
  const { msg_iov, msg_iovlen, msg_control } = msghdr.fields
  arena.setWord(msg_iov.offset, arena.address + msghdr.size)
  arena.setWord(msg_iovlen.offset, 1)
  arena.setWord(msg_control.offset, arena.address + controlAt)
  arena.setWord(msghdr.size + iovec.fields.iov_base.offset, arena.address + dataAt)
  arena.setWord(msghdr.size + iovec.fields.iov_len.offset, 1)
  return arena
}

/** Sends descriptors with one byte of data, without waiting. */
function pass(socket: number, fds: readonly number[]): boolean {
  const { address, view } = letter ??= layOut()
  const length = fds.length * intSize
  letter.setWord(msghdr.fields.msg_controllen.offset, CMSG_SPACE(length))
  writeCmsghdr(view, controlAt, CMSG_LEN(length), SOL_SOCKET, SCM_RIGHTS, header)
  for (let i = 0; i < fds.length; i++) view.setInt32(controlAt + header.size + i * intSize, fds[i]!, true)
  return sendmsg(socket, address, MSG_DONTWAIT | MSG_NOSIGNAL) === 1
}

/** Maximum number of native threads that close descriptors. */
export const maxThreads = 16

/** A native thread that may still be running. */
interface Thread { readonly name: number; readonly count: number }
/** The threads of all copies of this package on this JavaScript thread. */
const threads = sharedByCopies('cmsg.closingThreads', (): Thread[] => [])

let again: NodeJS.Timeout | undefined
/** Time in ms between two checks of the threads. */
const [minDelayMs, maxDelayMs] = [1, 100] as const
let delay: number = minDelayMs

/** Starts as many threads as allowed for waiting descriptors, and checks again later if descriptors or threads are left. */
function startThreads(): void {
  atEnd = false
  let progress = removeEnded()
  while (threads.length < maxThreads) {
    shutPair()
    const next = waiting.shift()
    if (next === undefined) break
    const name = closeOnThread(next.fd)
    if (name === undefined && threads.length > 0) {
      // The system has too many threads now. A new one may be possible once one of these has ended.
      waiting.unshift(next)
      break
    }
    if (name === undefined) closeAnyhow(next.fd)
    else threads.push({ name, count: next.count })
    progress = true
  }
  scheduleCheck(progress ? minDelayMs : Math.min(2 * delay, maxDelayMs))
}

function scheduleCheck(after: number): void {
  delay = after
  clearTimeout(again)
  again = threads.length > 0 ? setTimeout(startThreads, delay).unref() : undefined
}

/** Removes threads that have ended. Returns true if there were any. */
function removeEnded(): boolean {
  const before = threads.length
  threads.splice(0, before, ...threads.filter(isRunning))
  return threads.length < before
}

/** True if a thread is still running. A thread that has ended is joined by this check. */
const isRunning = ({ name }: Thread): boolean => sys.call('pthread_tryjoin_np', name, 0) === errno.EBUSY

let closeAddress: number | undefined

/** Starts a thread that closes a descriptor. Returns its name, or `undefined` if no thread can be started. */
function closeOnThread(fd: number): number | undefined {
  closeAddress ??= addressOfClose()
  if (closeAddress === 0) return undefined
  const memory = scratch(structs.iovec.size)
  memory.setWord(0, 0)
  return sys.call('pthread_create', memory.address, 0, closeAddress, fd) === 0 ? memory.word(0) : undefined
}

function addressOfClose(): number {
  const name = new Arena('close'.length + 1)
  name.bytes.write('close\0', 'latin1')
  const address = sys.call('dlsym', 0, name.address)
  name.release()
  return address
}

/** Closes a descriptor without a native thread: on one of libuv's, for which process exit waits; otherwise on this thread. */
function closeAnyhow(fd: number): void {
  if (nodeClosesAll()) closeLater(fd, () => {})
  else sys.call('close', fd)
}

/**
 * close(2) of a descriptor whose close cannot block, ignoring the result. There may be many at once, and Node's own binding costs a
 * tenth of a call through ffi-rs, but more than a call through a runtime's own FFI. It is used only on the main thread, because in a
 * Worker it warns about descriptors that Node has not opened; and only if it closes descriptors opened elsewhere, since Deno's closes
 * only its own.
 */
export function closeQuickly(fd: number): void {
  if (engine().name !== 'ffi-rs' || !nodeClosesAll()) {
    closeClaimed(fd)
    return
  }
  try {
    closeSync(fd)
  } catch {
    // Other code has closed it already.
  }
}

let nodeCloses: boolean | undefined
const nodeClosesAll = (): boolean => isMainThread && (nodeCloses ??= canNodeClose()) === true

/** True if Node closes descriptors that it has not opened; undefined if no descriptor is left to find out with. */
function canNodeClose(): boolean | undefined {
  const fd = sys.call('eventfd', 0, constants.EFD_CLOEXEC)
  if (fd < 0) return undefined
  try {
    closeSync(fd)
  } catch {
    // The runtime does not accept it.
    sys.call('close', fd)
    return false
  }
  // If the number is open, another thread may own it by now, so it is not closed again.
  return sys.call('fcntl', fd, constants.F_GETFD, 0) === -errno.EBADF
}
