/**
 * Takes over the descriptors that the service manager passes to a service at its start.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { OwnedFd } from '../descriptors/owned-fd.ts'
import { invalidEnvironment, show, SystemError } from '../errors.ts'
import { shownAs } from '../inspect.ts'
import * as sys from '../native/syscalls.ts'
import { numberIn } from './environment.ts'

const { F_SETFD, FD_CLOEXEC, INT_MAX } = constants

/** `SD_LISTEN_FDS_START`: the first descriptor follows standard input, output and error. */
const first = 3
const unnamed = 'unknown'

/**
 * A descriptor that the service manager passed: an {@link OwnedFd} with a name. Use it with a Node server,
 * `server.listen({ fd: fd.take() })`, or with `MessageSocket.adopt(fd)`.
 */
export class ListenFd extends OwnedFd {
  static {
    shownAs(this, 'ListenFd', (passed) => (passed.owned ? { fd: passed.fd, name: passed.name } : { owned: false, name: passed.name }))
  }

  /**
   * Name of the descriptor: the name of the socket unit (`http.socket`), or its `FileDescriptorName=`; for a stored descriptor, its
   * `FDNAME=`, or `stored`; `connection` with `Accept=yes`; `unknown` if no names were passed.
   */
  readonly name: string

  /** Takes ownership of a descriptor. {@link listenFds} calls this. */
  constructor(fd: number, name: string) {
    super(fd)
    this.name = name
  }
}

/**
 * `sd_listen_fds_with_names(3)`: returns the descriptors that the service manager has opened or stored for this process, in order.
 * The list is empty if `LISTEN_PID` is another process, or if no descriptors were passed.
 *
 * The caller owns the descriptors. Each is made close-on-exec, and the variables are removed from `process.env`, so that child
 * processes do not mistake them for their own; a second call returns an empty list. Call it on the main thread: a Worker has a copy
 * of the environment, and would become a second owner of the same descriptors.
 *
 * @throws RangeError `ERR_CMSG_INVALID_ENVIRONMENT`: a variable is not a number, or the number of names differs from that of descriptors
 * @throws SystemError EBADF: a descriptor is not open
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
    const names = namesOf(count)
    const fds: number[] = []
    // One after the other: the first that is not open ends it, whatever the count is.
    for (let fd = first; fd < first + count; fd++) {
      closeOnExec(fd, count)
      fds.push(fd)
    }
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
    const wrong = `its number of names is ${names.length}, and LISTEN_FDS says ${count}`
    throw invalidEnvironment(`Cannot use LISTEN_FDNAMES=${show(text)} of the environment: ${wrong}`)
  }
  return names
}
