/**
 * Descriptors that the service manager passes to a service when it starts it.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { OwnedFd } from '../descriptors/owned-fd.ts'
import { invalidEnvironment, show, SystemError } from '../errors.ts'
import { shownAs } from '../inspect.ts'
import * as sys from '../native/syscalls.ts'
import { numberIn } from './environment.ts'

const { F_SETFD, FD_CLOEXEC, INT_MAX } = constants

/** `SD_LISTEN_FDS_START`: the first one comes after standard input, output and error. */
const first = 3
const unnamed = 'unknown'

/**
 * A descriptor that the service manager passed: an {@link OwnedFd} with a name. `server.listen({ fd: fd.take() })` gives it to a
 * server of Node, `MessageSocket.adopt(fd)` to a socket.
 */
export class ListenFd extends OwnedFd {
  static {
    shownAs(this, 'ListenFd', (passed) => (passed.owned ? { fd: passed.fd, name: passed.name } : { owned: false, name: passed.name }))
  }

  /**
   * Its name: that of the socket unit (`http.socket`), or the unit's `FileDescriptorName=`; the `FDNAME=` that it was stored
   * under, or `stored`; `connection` with `Accept=yes`; `unknown` where no names were given.
   */
  readonly name: string

  /** A descriptor with its name; {@link listenFds} makes them. */
  constructor(fd: number, name: string) {
    super(fd)
    this.name = name
  }
}

/**
 * `sd_listen_fds_with_names(3)`: the descriptors that the service manager has opened, or stored, for this process, in their
 * order. The list is empty if `LISTEN_PID` names another process, or nothing was passed.
 *
 * The caller owns them. Each is made close-on-exec, and the variables are removed from `process.env`, so that no child process
 * takes them for its own; a second call returns none. Call it on the main thread: a Worker has a copy of the environment, and
 * would get owners for the same descriptors.
 *
 * @throws RangeError `ERR_CMSG_INVALID_ENVIRONMENT`: a variable is no number, or there are more or fewer names than descriptors
 * @throws SystemError EBADF: one of them is not open
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
 * @example
 * import { createServer } from 'node:http'
 * import { listenFds } from 'cmsg/systemd'
 *
 * const [passed] = listenFds()
 * const server = createServer((_, response) => { response.end('hello\n') })
 * server.listen(passed === undefined ? 0 : { fd: passed.take() })
 * server.close()
 */
export function listenFds(): ListenFd[] {
  try {
    const count = numberIn('LISTEN_PID', 1) === process.pid ? numberIn('LISTEN_FDS', 0, INT_MAX - first) ?? 0 : 0
    const fds = Array.from({ length: count }, (_, i) => first + i)
    for (const fd of fds) closeOnExec(fd, count)
    const names = namesOf(count)
    return fds.map((fd, i) => new ListenFd(fd, names?.[i] ?? unnamed))
  } finally {
    for (const name of ['LISTEN_PID', 'LISTEN_PIDFDID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete process.env[name]
  }
}

function closeOnExec(fd: number, count: number): void {
  const result = sys.restart('fcntl', fd, F_SETFD, FD_CLOEXEC)
  if (result >= 0) return
  throw new SystemError({ syscall: 'fcntl', errno: -result, hint: `LISTEN_FDS=${count} says that file descriptor ${fd} is open` })
}

function namesOf(count: number): string[] | undefined {
  const text = process.env.LISTEN_FDNAMES
  if (text === undefined || count === 0) return undefined
  const names = text.split(':')
  if (names.length !== count) {
    const wrong = `it has ${names.length} names, and LISTEN_FDS says ${count}`
    throw invalidEnvironment(`Cannot use LISTEN_FDNAMES=${show(text)} of the environment: ${wrong}`)
  }
  return names
}
