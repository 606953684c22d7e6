/**
 * The only place where received descriptors are closed, and sockets of ours that hold some.
 *
 * close(2) may block: of a TCP socket with SO_LINGER for as long as its peer reads nothing, of a Unix socket that has such
 * a one in its queue, of a file on FUSE for ever. Whoever sends us one could stop the event loop by it. So only what cannot
 * block is closed here and now; all else by a native thread of its own that runs libc's `close` and nothing more, so that
 * neither the loop nor the end of the process waits for it.
 *
 * A thread costs as much as twenty closes. So the descriptors go as a message from one end of a socketpair to the other:
 * their numbers can be closed at once, since the message still refers to the files, and a thread closes the pair with all
 * that a turn has left in it. That does not help with files that have something to do at each close: a thread each.
 *
 * A peer can hold such threads as long as it likes: there are at most {@link maxThreads}, and what comes then waits in the
 * pair. {@link waitingToClose} counts it, for who must limit it.
 * @module
 */
import { close as closeLater, closeSync } from 'node:fs'
import { clearTimeout, setTimeout } from 'node:timers'
import { isMainThread } from 'node:worker_threads'
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { CMSG_LEN, CMSG_SPACE, cmsghdrOf, writeCmsghdr } from '../abi/cmsg.ts'
import { structs } from '../abi/structs.ts'
import { Arena, scratch } from '../native/memory.ts'
import { sleep } from '../native/sleep.ts'
import * as sys from '../native/syscalls.ts'
import { closingOf } from './file-types.ts'

const { AF_UNIX, SOCK_STREAM, SOCK_CLOEXEC, SOL_SOCKET, SCM_RIGHTS, MSG_DONTWAIT, MSG_NOSIGNAL, SCM_MAX_FD } = constants

/**
 * Close received descriptors, which must not be used any more. Those that cannot block are closed now, the numbers of most
 * others too; the rest soon, on another thread.
 */
export function closeReceived(fds: readonly number[]): void {
  const together: number[] = []
  for (const fd of fds) {
    const closing = closingOf(fd)
    if (closing === 'quick') closeQuickly(fd)
    else if (closing === 'last') together.push(fd)
    else if (closing === 'every') waiting.push(alone(fd))
  }
  for (let i = 0; i < together.length; i += SCM_MAX_FD) {
    const some = together.slice(i, i + SCM_MAX_FD)
    if (!putIntoPair(some)) waiting.push(...some.map(alone))
  }
  if (waiting.length === 0 && pair === undefined) return
  // A program that blocks may never see the end of its turn.
  if (waiting.length >= maxThreads || (pair !== undefined && pair.count >= SCM_MAX_FD)) startThreads()
  else if (!atEnd) process.nextTick(startThreads)
  atEnd = waiting.length > 0 || pair !== undefined
}

/** Whether threads are started at the end of this turn. */
let atEnd = false

/**
 * Close a socket of our own whose close may block, and wait for that so many milliseconds at most. Mostly it is closed by
 * then, so that the peer has seen its end; if not, the thread finishes alone. Where there are too many threads it is
 * closed as what was received.
 */
export function closeWithin(fd: number, ms: number): void {
  clearAway()
  const name = threads.length < maxThreads ? closeOnThread(fd) : undefined
  if (name === undefined) {
    closeReceived([fd])
    return
  }
  const thread = { name, count: 1 }
  for (const deadline = performance.now() + ms; isRunning(thread); sleep(step)) {
    if (performance.now() < deadline) continue
    threads.push(thread)
    lookAgain(shortest)
    return
  }
}

/** ms between two looks at a thread that is waited for. */
const step = 0.02

/** close(2) of a descriptor that is our own, its result not looked at. */
export const closeOwn = (fd: number): void => { sys.call('close', fd) }

/** How many received descriptors are not closed yet, or not known to be. */
export const waitingToClose = (): number => (pair?.count ?? 0) + [...waiting, ...threads].reduce((sum, { count }) => sum + count, 0)

/** A descriptor to be closed by a thread, and how many received ones that closes. */
interface Waiting { readonly fd: number; readonly count: number }
const waiting: Waiting[] = []
const alone = (fd: number): Waiting => ({ fd, count: 1 })

/** A socketpair with messages that nobody will receive, which hold what is closed with it. */
interface Pair { readonly from: number; readonly to: number; readonly count: number }
/** The one that is added to until there is a thread for it. */
let pair: Pair | undefined

/** Have a pair hold them, and close their numbers. False if there can be none, or it takes no more. */
function putIntoPair(fds: readonly number[]): boolean {
  if (pair === undefined || !pass(pair.from, fds)) {
    const fresh = openPair()
    if (fresh === undefined) return false
    if (!pass(fresh.from, fds)) {
      closeQuickly(fresh.from)
      closeQuickly(fresh.to)
      return false
    }
    // The one there was is full.
    shutPair()
    pair = { ...fresh, count: 0 }
  }
  pair = { ...pair, count: pair.count + fds.length }
  for (const fd of fds) closeQuickly(fd)
  return true
}

/** Nothing more is put into the pair: the end that holds all waits for a thread. */
function shutPair(): void {
  if (pair === undefined) return
  // Nothing is in its own queue: this cannot block.
  closeQuickly(pair.from)
  waiting.push({ fd: pair.to, count: pair.count })
  pair = undefined
}

const intSize = Int32Array.BYTES_PER_ELEMENT

function openPair(): { readonly from: number; readonly to: number } | undefined {
  const { address, view } = scratch(2 * intSize)
  if (sys.call('socketpair', AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, address) < 0) return undefined
  return { from: view.getInt32(0, true), to: view.getInt32(intSize, true) }
}

const { msghdr, iovec } = structs
const header = cmsghdrOf()

/** A message of one byte and as many descriptors as there may be, laid out once: only lengths and numbers change. */
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

/** Send descriptors along with one byte, without waiting. */
function pass(socket: number, fds: readonly number[]): boolean {
  const { address, view } = letter ??= layOut()
  const length = fds.length * intSize
  letter.setWord(msghdr.fields.msg_controllen.offset, CMSG_SPACE(length))
  writeCmsghdr(view, controlAt, CMSG_LEN(length), SOL_SOCKET, SCM_RIGHTS, header)
  for (let i = 0; i < fds.length; i++) view.setInt32(controlAt + header.size + i * intSize, fds[i]!, true)
  return sys.sendmsg(socket, address, MSG_DONTWAIT | MSG_NOSIGNAL) === 1
}

const maxThreads = 16

/** A native thread that may not have ended. */
interface Thread { readonly name: number; readonly count: number }
/** Those of all copies of this package on this thread of JavaScript. */
const threads: Thread[] = ((process as unknown as Record<symbol, Thread[] | undefined>)[Symbol.for('cmsg.closingThreads')] ??= [])

let again: NodeJS.Timeout | undefined
/** ms, from one look at the threads to the next. */
const [shortest, longest] = [1, 100] as const
let delay: number = shortest

/** Start what threads there may be for what waits, and look again later if some is left, or a thread to be cleared away. */
function startThreads(): void {
  atEnd = false
  let progress = clearAway()
  while (threads.length < maxThreads) {
    shutPair()
    const next = waiting.shift()
    if (next === undefined) break
    const name = closeOnThread(next.fd)
    if (name === undefined && threads.length > 0) {
      // The system has too many threads now. When one of ours has ended there may be another.
      waiting.unshift(next)
      break
    }
    if (name === undefined) closeAnyhow(next.fd)
    else threads.push({ name, count: next.count })
    progress = true
  }
  lookAgain(progress ? shortest : Math.min(2 * delay, longest))
}

function lookAgain(after: number): void {
  delay = after
  clearTimeout(again)
  again = threads.length > 0 ? setTimeout(startThreads, delay).unref() : undefined
}

/** Forgets the threads that have ended. Tells if there were any. */
function clearAway(): boolean {
  const before = threads.length
  threads.splice(0, before, ...threads.filter(isRunning))
  return threads.length < before
}

/** Whether a thread has not ended. One that has is cleared away by the question. */
const isRunning = ({ name }: Thread): boolean => sys.call('pthread_tryjoin_np', name, 0) === errno.EBUSY

let closeAddress: number | undefined

/** Start a thread that closes a descriptor: its name; `undefined` where there is no starting one. */
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

/** Where no thread can be had: on one of libuv's, for which the end of the process waits; if not even there, here. */
function closeAnyhow(fd: number): void {
  if (nodeClosesAll()) closeLater(fd, () => {})
  else sys.call('close', fd)
}

/**
 * close(2) of what cannot block, its result not looked at. Many may come at once, and Node's own binding costs a tenth of
 * a call through ours. It is used on the main thread alone, as in a Worker it warns of descriptors that Node has not
 * opened; and where it closes what it has not opened: Deno's knows only its own.
 */
export function closeQuickly(fd: number): void {
  if (!nodeClosesAll()) {
    sys.call('close', fd)
    return
  }
  try {
    closeSync(fd)
  } catch {
    // Not open any more: somebody else has closed it.
  }
}

let nodeCloses: boolean | undefined
const nodeClosesAll = (): boolean => (nodeCloses ??= isMainThread && canNodeClose())

function canNodeClose(): boolean {
  const fd = sys.call('eventfd', 0, constants.EFD_CLOEXEC)
  if (fd < 0) return false
  try {
    closeSync(fd)
  } catch {
    // It does not know it.
    sys.call('close', fd)
    return false
  }
  // If it is open, another thread may have got the number by now: it is not closed again.
  return sys.call('fcntl', fd, constants.F_GETFD, 0) === -errno.EBADF
}
