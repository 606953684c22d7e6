/**
 * The libc functions that can fail, and the ways in which each plausibly does.
 * @module
 */
import { bindings } from '../../../generated/bindings.ts'

type Name = keyof typeof bindings

/** Functions that make no system call, or whose failure no program can go on from. */
const infallible: ReadonlySet<string> = new Set(['memcpy', 'calloc', 'dlopen', 'dlsym', '__errno_location'] satisfies Name[])

/** Every other function of generated/bindings.ts: a new binding is covered without a change here. */
export const functions: readonly Name[] = (Object.keys(bindings) as Name[]).filter((name) => !infallible.has(name))

/** C expressions over the arguments `a`, `b`, … and `error`: the call is made all the same, and then reported as failed. */
export const madeAllTheSame: Readonly<Record<string, string>> = {
  // On Linux the descriptor is gone whatever close returns.
  close: '1',
  // EPOLL_CTL_DEL says ENOENT about a descriptor that is in no epoll any more.
  epoll_ctl: 'b == EPOLL_CTL_DEL',
}

/** C expressions over the same: which calls can fail with `error` at all. Those that cannot go well, even if all are to fail. */
export const onlyIf: Readonly<Record<string, string>> = {
  // Only what is added takes room. By taking an eventfd out of an epoll the library asks whether that is still its own: a
  // failure says that it is a stranger's, which must not be closed.
  epoll_ctl: '!(b == EPOLL_CTL_DEL && is_eventfd(c)) && (error == EBADF || (error == ENOENT) == (b != EPOLL_CTL_ADD))',
  fcntl: 'error == EBADF || (error == EMFILE ? b == F_DUPFD || b == F_DUPFD_CLOEXEC : b == F_SETFL)',
}

/** Functions that return 0 where they fail, and those that return errno itself. */
export const returnsZero: ReadonlySet<string> = new Set(['if_nametoindex', 'if_indextoname'])
export const returnsErrno: ReadonlySet<string> = new Set(['pthread_create'])

/** How often a call fails: once, a number of times in a row, or from then on. */
export type Mode = 'once' | 'burst' | 'always'

/** One way to fail. */
export interface Way {
  readonly errno: string
  readonly modes: readonly Mode[]
}

const refused = (...names: string[]): Way[] => names.map((errno) => ({ errno, modes: ['once', 'always'] }))
/** What the kernel says now and then, and never for ever. */
const passing = (...names: string[]): Way[] => names.map((errno) => ({ errno, modes: ['once', 'burst'] }))
/** Again and again the kernel says this only where nothing is there, and then it says when something is. */
const once = (...names: string[]): Way[] => names.map((errno) => ({ errno, modes: ['once'] }))

const table: Readonly<Record<string, readonly Way[]>> = {
  socket: refused('EMFILE', 'ENFILE', 'ENOBUFS', 'EAFNOSUPPORT'),
  socketpair: refused('EMFILE', 'ENFILE', 'ENOMEM'),
  bind: refused('EADDRINUSE', 'EACCES', 'ENOMEM'),
  connect: [...refused('ECONNREFUSED', 'EACCES', 'ENOENT'), ...passing('EINTR', 'EAGAIN')],
  listen: refused('EADDRINUSE', 'EOPNOTSUPP'),
  accept4: [...refused('EMFILE', 'ENFILE', 'ENOBUFS', 'EPERM', 'EINVAL'), ...passing('EINTR', 'ECONNABORTED'), ...once('EAGAIN')],
  getsockname: refused('ENOBUFS', 'EBADF'),
  getpeername: refused('ENOBUFS', 'ENOTCONN'),
  shutdown: refused('ENOTCONN'),
  setsockopt: refused('ENOPROTOOPT', 'ENOMEM', 'EPERM', 'EINVAL'),
  getsockopt: refused('ENOPROTOOPT', 'ENOMEM', 'EINVAL'),
  sendmsg: [
    ...refused('ENOBUFS', 'ENOMEM', 'EPERM', 'ECONNREFUSED', 'EPIPE', 'EMSGSIZE', 'ENOTCONN', 'ETOOMANYREFS'),
    ...passing('EINTR', 'EAGAIN'),
  ],
  sendmmsg: [...refused('ENOBUFS', 'ENOMEM', 'EPERM', 'ECONNREFUSED', 'EPIPE', 'EMSGSIZE'), ...passing('EINTR', 'EAGAIN')],
  recvmsg: [...refused('ENOMEM', 'ECONNREFUSED', 'ECONNRESET', 'EINVAL', 'EOPNOTSUPP'), ...passing('EINTR'), ...once('EAGAIN')],
  recvmmsg: [...refused('ENOMEM', 'ECONNREFUSED', 'ECONNRESET', 'EINVAL', 'EOPNOTSUPP'), ...passing('EINTR'), ...once('EAGAIN')],
  if_nametoindex: refused('ENODEV', 'EMFILE'),
  poll: [...refused('ENOMEM', 'EINVAL'), ...passing('EINTR')],
  epoll_create1: refused('EMFILE', 'ENFILE', 'ENOMEM'),
  epoll_ctl: refused('ENOSPC', 'ENOENT', 'ENOMEM', 'EPERM', 'EBADF'),
  epoll_wait: [...refused('EINVAL', 'EBADF'), ...passing('EINTR')],
  eventfd: refused('EMFILE', 'ENFILE', 'ENOMEM', 'ENODEV'),
  fcntl: refused('EMFILE', 'EBADF', 'EPERM'),
  dup3: refused('EBUSY', 'EMFILE', 'EBADF'),
  close: [...refused('EIO'), ...passing('EINTR')],
  syscall: refused('ENOSYS', 'EPERM', 'ESRCH', 'EINVAL'),
  pthread_create: refused('EAGAIN', 'EPERM'),
  memfd_create: refused('EMFILE', 'ENOMEM'),
  pipe2: refused('EMFILE', 'ENFILE'),
  ioctl: refused('ENOTTY', 'EINVAL'),
}

/** For a short sweep: one refusal for each kind of call, and interruption. */
export function fewWaysOf(name: string): { errno: string; mode: Mode }[] {
  const ways = waysOf(name)
  const refusals = ways.filter(({ modes }) => modes.includes('always')).slice(0, name in onlyIf ? 2 : 1)
  return [
    ...refusals.map(({ errno }) => ({ errno, mode: 'always' as const })),
    ...ways.filter(({ errno }) => errno === 'EINTR').map(({ errno }) => ({ errno, mode: 'once' as const })),
  ]
}

/** The ways in which a function fails. */
export const waysOf = (name: string): readonly Way[] => table[name] ?? refused('ENOMEM', 'EINVAL')

/** Calls in a row that fail in a burst: signals come by the thousand, a queue is full for a few tries. */
export const burstOf = (errno: string): number => (errno === 'EINTR' ? 2000 : 3)
