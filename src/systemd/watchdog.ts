/**
 * The watchdog of the service manager: a service that does not say in time that it is alive is restarted.
 * @module
 */
import { clearInterval, setInterval } from 'node:timers'
import { dispose } from '../dispose.ts'
import { shownAs } from '../inspect.ts'
import { numberIn } from './environment.ts'
import { notifySocket, type NotifySocket } from './notify-socket.ts'
import { transmit } from './transmit.ts'

/** The longest interval of a timer of Node. */
const longest = 2 ** 31 - 1

/** Says at intervals that this process is alive, until it is closed: {@link watchdog} makes one. */
export class Watchdog implements Disposable {
  static {
    shownAs(this, 'Watchdog', ({ interval }) => ({ interval }))
  }

  /** The time from one notification to the next: half of `WATCHDOG_USEC`, in milliseconds. */
  readonly interval: number
  readonly #timer: NodeJS.Timeout
  #sending = false

  /** @internal */
  constructor(to: NotifySocket, interval: number) {
    this.interval = interval
    const tell = (): void => {
      // One that waits for room will do for this one too.
      if (this.#sending) return
      this.#sending = true
      // A service manager that cannot be reached now may be when the next one is sent.
      transmit(to, 'WATCHDOG=1', { background: true }).catch(() => {}).finally(() => { this.#sending = false })
    }
    this.#timer = setInterval(tell, interval).unref()
    tell()
  }

  /** Say no more. The service manager then restarts the service, unless it is stopped before. More than once is fine. */
  close(): void {
    clearInterval(this.#timer)
  }

  /** {@link close}, for `using`. */
  [dispose](): void {
    this.close()
  }
}

/**
 * `sd_watchdog_enabled(3)`: say that this process is alive, now and every half of `WATCHDOG_USEC`, for as long as its event loop
 * turns (`WatchdogSec=`). It does not keep the process alive.
 *
 * @returns undefined where no watchdog is wanted: `WATCHDOG_USEC` or `NOTIFY_SOCKET` is not set, or `WATCHDOG_PID` is another
 * process
 * @throws RangeError `ERR_CMSG_INVALID_ENVIRONMENT`: a variable is no number; `ERR_CMSG_INVALID_ADDRESS`: `NOTIFY_SOCKET`
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_watchdog_enabled.html
 * @example
 * import { watchdog } from 'cmsg/systemd'
 *
 * const alive = watchdog()
 * console.log(alive === undefined) // true
 * alive?.close()
 */
export function watchdog(): Watchdog | undefined {
  const microseconds = numberIn('WATCHDOG_USEC', 1)
  const pid = numberIn('WATCHDOG_PID', 1)
  const to = notifySocket()
  if (microseconds === undefined || to === undefined || (pid !== undefined && pid !== process.pid)) return undefined
  return new Watchdog(to, Math.min(Math.max(1, Math.floor(microseconds / 2 / 1000)), longest))
}
