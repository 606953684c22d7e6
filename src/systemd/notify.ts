/**
 * Checks notifications to the service manager.
 * @module
 */
import { throwIfAborted } from '../abort.ts'
import { list } from '../arguments.ts'
import type { Descriptor } from '../descriptors/descriptor.ts'
import { invalidType, object, outOfRange, show } from '../errors.ts'
import type { Abortable } from '../socket/types.ts'
import { notifySocket } from './notify-socket.ts'
import { transmit } from './transmit.ts'

/** The value of a line of a notification. `true` is 1, `false` is 0; a line that is `undefined` is left out. */
export type NotifyValue = string | number | bigint | boolean | undefined

/**
 * A notification: the lines of `sd_notify(3)` as text (`'READY=1\nSTATUS=listening'`), as a list (`['READY=1', …]`), or as an object
 * (`{ READY: 1, STATUS: 'listening' }`).
 */
export type NotifyState = string | readonly string[] | Readonly<Record<string, NotifyValue>>

/** Options of {@link notify}. */
export interface NotifyOptions {
  /**
   * Descriptors for the service manager, at most 253. The manager keeps them with `FDSTORE=1` and closes them without it. Each is
   * duplicated, so the caller still owns its descriptors.
   */
  readonly fds?: readonly Descriptor[] | undefined
  /**
   * Waits until the service manager has processed this notification and all earlier ones (`sd_notify_barrier(3)`). A `signal`
   * limits the wait: `{ signal: AbortSignal.timeout(5000) }`.
   */
  readonly barrier?: boolean | Abortable | undefined
}

/**
 * `sd_notify(3)`: notifies the service manager of the state of this service, over the socket that `NOTIFY_SOCKET` names.
 *
 * | line | |
 * |---|---|
 * | `READY=1` | the service has started, or has reloaded (`Type=notify`, `Type=notify-reload`) |
 * | `RELOADING=1` | the service begins to reload; with `MONOTONIC_USEC=`, in microseconds. `READY=1` follows at the end |
 * | `STOPPING=1` | the service begins to stop |
 * | `STATUS=…` | one line of text for `systemctl status` |
 * | `MAINPID=…` | another process is the main process |
 * | `WATCHDOG=1` | the service is alive; {@link watchdog} sends this regularly. `WATCHDOG=trigger`: the service has failed |
 * | `EXTEND_TIMEOUT_USEC=…` | starting, reloading or stopping takes longer |
 * | `FDSTORE=1`, `FDNAME=…` | keep `fds` for the next start (`FileDescriptorStoreMax=`) |
 * | `FDSTOREREMOVE=1`, `FDNAME=…` | close the stored descriptors with this name |
 *
 * If there is room in the manager's socket, the notification is sent before this function returns, so that `process.exit()` may
 * follow. The service manager accepts notifications from the processes that `NotifyAccess=` allows. On vsock (`vsock:CID:PORT`),
 * descriptors cannot be passed.
 *
 * @returns true if the notification was sent; false without `NOTIFY_SOCKET`, so that the program also runs without systemd
 * @throws SystemError ENOENT, ECONNREFUSED: no service manager listens at this address; EACCES; EMSGSIZE
 * @throws RangeError `ERR_CMSG_INVALID_ADDRESS`: `NOTIFY_SOCKET` is not an address; `ERR_CMSG_OUT_OF_RANGE`: an invalid line;
 * TypeError `ERR_CMSG_INVALID_ARG_TYPE`; Error `ERR_CMSG_UNSUPPORTED`: descriptors or a barrier on vsock
 * @throws the reason of the barrier's signal on abort
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
 * @example
 * import { MessageSocket } from 'cmsg'
 * import { notify } from 'cmsg/systemd'
 *
 * console.log(await notify({ READY: 1, STATUS: 'listening' })) // false
 *
 * const manager = MessageSocket.bind('/tmp/notify.sock', { type: 'datagram', unlink: true })
 * process.env.NOTIFY_SOCKET = '/tmp/notify.sock' // systemd does that
 * console.log(await notify({ READY: 1, STATUS: 'listening' })) // true
 * console.log(String((await manager.receive())?.data) === 'READY=1\nSTATUS=listening') // true
 * await manager.close()
 */
export async function notify(state: NotifyState, options: NotifyOptions = {}): Promise<boolean> {
  const { fds = [], barrier = false } = object('notify', 'options', options)
  const text = textOf(state)
  if (!Array.isArray(fds)) throw invalidType(`Cannot notify with fds ${show(fds)}: expected an array`)
  if (typeof barrier !== 'boolean') throwIfAborted(object('notify', 'barrier', barrier).signal)
  const to = notifySocket()
  if (to === undefined) return false
  await transmit(to, text, { fds, barrier: barrier === true ? {} : barrier || undefined })
  return true
}

/** Joins the lines with newlines. @throws TypeError, RangeError for values that would add or change lines */
function textOf(state: NotifyState): string {
  const lines = typeof state === 'string' ? state.split('\n').filter((one) => one !== '').map(line)
    : Array.isArray(state) ? list('notify', 'state', state as readonly string[], 0, Infinity).map(line) : linesOf(state)
  if (lines.length === 0) throw outOfRange('Cannot notify without a line: expected READY=1, STATUS=… or another')
  const text = lines.join('\n')
  if (text.includes('\0')) throw outOfRange(`Cannot notify ${show(text)}: it contains a NUL`)
  return text
}

function line(value: unknown): string {
  if (typeof value !== 'string') throw invalidType(`Cannot notify the line ${show(value)}: expected a string`)
  if (!/^[A-Z_][A-Z0-9_]*=[^\n]*$/.test(value)) {
    throw outOfRange(`Cannot notify the line ${show(value)}: expected NAME=value, with the name in capital letters and without a newline`)
  }
  return value
}

function linesOf(state: unknown): string[] {
  const given = object('notify', 'state', state as object, 'READY=1, a list of such lines, or an object such as { READY: 1 }')
  return Object.entries(given).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined) return []
    if (name.includes('=')) throw outOfRange(`Cannot notify the name ${show(name)}: it contains =`)
    if (typeof value !== 'string' && !Number.isFinite(value) && typeof value !== 'bigint' && typeof value !== 'boolean') {
      throw invalidType(`Cannot notify ${name} ${show(value)}: expected a string, a finite number or a boolean`)
    }
    return line(`${name}=${String(typeof value === 'boolean' ? Number(value) : value)}`)
  })
}
