/**
 * Processes identified by pidfds: a pid is a number that is reused, a pidfd always refers to the same process.
 * @module
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { constants as os } from 'node:os'
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { hostAbi } from '../abi/abi.ts'
import { viewOf } from '../abi/bytes.ts'
import { intSize } from '../abi/scalars.ts'
import type { ControlMessage } from '../control/define.ts'
import { attempt, closed, invalidType, object, show, SystemError } from '../errors.ts'
import { integer, succeeded } from '../arguments.ts'
import { poll } from '../libc/sockets.ts'
import * as sys from '../native/syscalls.ts'
import { keepProcessAlive, letProcessEnd } from '../readiness/poller.ts'
import { Registration } from '../readiness/registration.ts'
import { onAbort, throwIfAborted } from '../abort.ts'
import { setClassName } from '../inspect.ts'
import { closeQuickly } from '../descriptors/closer.ts'
import { OwnedFd, owning } from '../descriptors/owned-fd.ts'

const { SOL_SOCKET, SCM_PIDFD, SO_PASSPIDFD, EPOLLIN, POLLIN } = constants

/** The information about a process in /proc. Values that may not be read are `undefined`. */
export interface ProcessInfo {
  readonly pid: number
  /** The pid of its parent. */
  readonly ppid: number
  /** Its name of up to 15 bytes, which it can change itself. */
  readonly comm: string
  /** The file it runs. Reading it needs permission to trace the process. */
  readonly exe: string | undefined
  /** Its arguments, which it may have overwritten. */
  readonly cmdline: readonly string[]
  /** Real, effective, saved and file system user id. */
  readonly uid: { readonly real: number; readonly effective: number; readonly saved: number; readonly fs: number }
  readonly gid: { readonly real: number; readonly effective: number; readonly saved: number; readonly fs: number }
  readonly groups: readonly number[]
  /** Its control group (cgroup v2). */
  readonly cgroup: string | undefined
  /** Its start time in clock ticks since boot. Together with the pid, it is unique until the next boot. */
  readonly startTime: bigint
}

/**
 * A process identified by a pidfd: a descriptor that still refers to this process after it has ended and its pid was reused.
 *
 * @see https://man7.org/linux/man-pages/man2/pidfd_open.2.html
 */
export class Pidfd extends OwnedFd {
  static {
    setClassName(this, 'Pidfd')
  }

  /**
   * Its pid, read from the descriptor: 0 if it is not visible in this pid namespace, -1 if it has ended and was waited for.
   */
  get pid(): number {
    const info = readFileSync(`/proc/self/fdinfo/${this.fd}`, 'latin1')
    return Number(/^Pid:\s*(-?\d+)$/m.exec(info)?.[1] ?? -1)
  }

  /** True until the process has ended. A zombie has ended. */
  get alive(): boolean {
    return poll([{ fd: this.fd, events: POLLIN }], 0)[0]!.revents === 0
  }

  /** Resolves when it has ended, and keeps this process alive until then. @throws Error `ERR_CMSG_CLOSED` if the pidfd is closed before */
  exited(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { signal } = object('exited', 'options', options)
    return new Promise((resolve, reject) => {
      throwIfAborted(signal)
      if (!this.alive) return resolve()
      // A duplicate has a separate number to watch, so several calls may wait.
      const copy = new OwnedFd(succeeded(sys.call('fcntl', this.fd, constants.F_DUPFD_CLOEXEC, 0), 'dup'))
      const registration = new Registration(copy.fd)
      const settle = (finish: () => void): void => {
        registration.close()
        copy.close()
        letProcessEnd()
        this.#waiting.delete(close)
        stop()
        finish()
      }
      const fail = (error: unknown): void => { settle(() => { reject(error as Error) }) }
      const close = (): void => { fail(closed('The pidfd was closed while exited() was waiting')) }
      const watch = registration.addWatcher({
        events: EPOLLIN, needsEvents: true,
        onReady: () => { settle(resolve); return true },
        fail: (error) => { fail(error); return false },
      })
      const error = watch.want(true)
      if (error !== undefined) {
        registration.close()
        copy.close()
        return reject(error)
      }
      keepProcessAlive()
      this.#waiting.add(close)
      const stop = onAbort(signal, () => { fail(signal!.reason) })
    })
  }
  readonly #waiting = new Set<() => void>()

  override close(): void {
    for (const close of [...this.#waiting]) close()
    // If the number does not refer to a pidfd any more, the caller has changed that, not a peer.
    if (this.owned) closeQuickly(this.take())
  }

  /**
   * Sends it a signal, by name or number; 0 only checks whether a signal could be sent.
   * @throws SystemError ESRCH: it has ended; EPERM: no permission to signal it
   * @see https://man7.org/linux/man-pages/man2/pidfd_send_signal.2.html
   */
  signal(signal: NodeJS.Signals | number): void {
    const number = typeof signal === 'string' ? os.signals[signal] : signal
    if (number === undefined) throw invalidType(`Cannot send the signal ${show(signal)}: no signal has this name`)
    integer('pidfd_send_signal', 'signal', number, 0, 64)
    succeeded(sys.call('syscall', constants.SYS_pidfd_send_signal, this.fd, number, 0, 0, 0, 0), 'pidfd_send_signal')
  }

  /**
   * Returns its information in /proc; `undefined` if it has ended or is not visible from here. It is read by pid, and the pidfd is
   * checked afterwards: if that still has the same pid, no other process can have had it in between.
   */
  info(): ProcessInfo | undefined {
    const { pid } = this
    if (pid <= 0) return undefined
    const info = readProc(pid)
    return this.pid === pid ? info : undefined
  }
}

function readProc(pid: number): ProcessInfo | undefined {
  const read = (file: string): string | undefined => attempt(() => readFileSync(`/proc/${pid}/${file}`, 'utf8'))
  const status = read('status')
  const stat = read('stat')
  if (status === undefined || stat === undefined) return undefined
  const line = (name: string): number[] =>
    (new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number)
  const ids = (name: string): ProcessInfo['uid'] => {
    const [real = -1, effective = -1, saved = -1, fs = -1] = line(name)
    return { real, effective, saved, fs }
  }
  // The name is in parentheses and may contain some itself; the numbers begin after the last one.
  const numbers = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const comm = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
  const cmdline = read('cmdline')?.split('\0') ?? []
  if (cmdline.at(-1) === '') cmdline.pop()
  return {
    pid, comm, cmdline,
    ppid: Number(numbers[1]),
    exe: attempt(() => readlinkSync(`/proc/${pid}/exe`)),
    uid: ids('Uid'), gid: ids('Gid'), groups: line('Groups'),
    cgroup: /^0::(.*)$/m.exec(read('cgroup') ?? '')?.[1],
    startTime: BigInt(numbers[19] ?? 0),
  }
}

/** Creates the owner of the pidfd in a payload. If the kernel could not create a pidfd, the value is an error with its errno. */
export function ownPidfd(view: DataView, start: number, end: number): { value: Pidfd | SystemError; fds: readonly OwnedFd[] } {
  const number = end - start >= intSize ? view.getInt32(start, hostAbi().littleEndian) : -errno.EINVAL
  if (number < 0) return { value: new SystemError({ syscall: 'SCM_PIDFD', errno: -number }), fds: [] }
  const handle = new Pidfd(number)
  return { value: handle, fds: [handle] }
}

/**
 * `SCM_PIDFD` (Linux 6.5): the process that sent the message, as a descriptor. AF_UNIX; can only be received.
 *
 * Payload: `int`, 4 bytes: a pidfd, or the negative errno if the kernel could not create one (EMFILE); the value is then a
 * {@link SystemError}, which is not thrown. Turned on by `SO_PASSPIDFD`. Unlike a pid, it works across pid namespaces. On an older
 * kernel, asking for it throws `ERR_CMSG_UNSUPPORTED`. The pidfd is closed with its message unless it is taken.
 *
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 * @example
 * import { MessageSocket, Pidfd, pidfd } from 'cmsg'
 *
 * const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [pidfd] })
 * await a.send('who am I?')
 * const message = await b.receive()
 * const sender = message?.get(pidfd)
 * if (sender instanceof Pidfd) {
 *   console.log(sender.pid === process.pid, sender.info()?.comm)
 *   sender.close()
 * }
 * await a.close()
 * await b.close()
 */
export const pidfd: ControlMessage<'pidfd', never, Pidfd | SystemError> = /* @__PURE__ */ Object.assign(
  (_: never): never => { throw invalidType('Cannot send pidfd: only the kernel sends it') },
  {
    kind: 'pidfd' as const, level: SOL_SOCKET, type: SCM_PIDFD, family: 'unix' as const, minSize: intSize,
    receive: { size: intSize, option: SO_PASSPIDFD },
    [owning]: true,
    decode: (data: Uint8Array) => ownPidfd(viewOf(data), 0, data.length).value,
  },
)
