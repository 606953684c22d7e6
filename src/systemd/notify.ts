/**
 * Notifications to the service manager.
 * @module
 */
import { throwIfAborted } from '../abort.ts'
import { object } from '../arguments.ts'
import type { Descriptor } from '../descriptors/descriptor.ts'
import { invalidType, outOfRange, show } from '../errors.ts'
import type { Abortable } from '../socket/types.ts'
import { notifySocket } from './notify-socket.ts'
import { transmit } from './transmit.ts'

/** What a line of a notification may be set to. `true` is 1, `false` is 0; a line that is `undefined` is left out. */
export type NotifyValue = string | number | bigint | boolean | undefined

/**
 * A notification: the lines of `sd_notify(3)` as text (`'READY=1\nSTATUS=listening'`), as a list (`['READY=1', …]`), or by name
 * (`{ READY: 1, STATUS: 'listening' }`).
 */
export type NotifyState = string | readonly string[] | Readonly<Record<string, NotifyValue>>

/** What goes along with a notification. */
export interface NotifyOptions {
  /**
   * Descriptors for the service manager, which keeps them with `FDSTORE=1` and closes them without it. 253 at most; each is
   * duplicated, so the caller keeps its own.
   */
  readonly fds?: readonly Descriptor[] | undefined
  /**
   * Wait until the service manager has processed this notification and all before it (`sd_notify_barrier(3)`). With a `signal`
   * the wait can be given up: `{ signal: AbortSignal.timeout(5000) }`.
   */
  readonly barrier?: boolean | Abortable | undefined
}

/**
 * `sd_notify(3)`: tell the service manager about this service, over the socket that `NOTIFY_SOCKET` names.
 *
 * | line | |
 * |---|---|
 * | `READY=1` | the service has started, or has reloaded (`Type=notify`, `Type=notify-reload`) |
 * | `RELOADING=1` | it begins to reload; with `MONOTONIC_USEC=`, microseconds, and `READY=1` at the end |
 * | `STOPPING=1` | it begins to stop |
 * | `STATUS=…` | one line for people: `systemctl status` |
 * | `MAINPID=…` | another process is the main one |
 * | `WATCHDOG=1` | it is alive; {@link watchdog} says so by itself. `WATCHDOG=trigger`: it is not |
 * | `EXTEND_TIMEOUT_USEC=…` | it takes longer to start, reload or stop |
 * | `FDSTORE=1`, `FDNAME=…` | keep `fds` for the next start (`FileDescriptorStoreMax=`) |
 * | `FDSTOREREMOVE=1`, `FDNAME=…` | give up those of this name |
 *
 * It is sent before this function returns if there is room, so that `process.exit()` may follow. The service manager takes
 * notifications from the processes that `NotifyAccess=` names. On vsock (`vsock:CID:PORT`) no descriptors go along.
 *
 * @returns true if it was sent; false without `NOTIFY_SOCKET`, so that the program may run without systemd too
 * @throws SystemError ENOENT, ECONNREFUSED: no service manager has this address; EACCES; EMSGSIZE
 * @throws RangeError `ERR_CMSG_INVALID_ADDRESS`: `NOTIFY_SOCKET` is no address; `ERR_CMSG_OUT_OF_RANGE`: a line that cannot be;
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

/** The lines, with a newline between them. @throws TypeError, RangeError for what would be other lines than those that were meant */
function textOf(state: NotifyState): string {
  const text = typeof state === 'string' ? state : Array.isArray(state) ? (state as readonly string[]).map(line).join('\n') : linesOf(state)
  if (text.trim() === '') throw outOfRange('Cannot notify without a line: expected READY=1, STATUS=… or another')
  if (text.includes('\0')) throw outOfRange(`Cannot notify ${show(text)}: it holds a NUL`)
  return text
}

function line(value: unknown): string {
  if (typeof value !== 'string') throw invalidType(`Cannot notify the line ${show(value)}: expected a string`)
  if (!/^[^=\n]+=[^\n]*$/.test(value)) throw outOfRange(`Cannot notify the line ${show(value)}: expected NAME=value, without a newline`)
  return value
}

function linesOf(state: unknown): string {
  return Object.entries(object('notify', 'state', state as object)).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined) return []
    if (name.includes('=')) throw outOfRange(`Cannot notify the name ${show(name)}: it holds =`)
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean') {
      throw invalidType(`Cannot notify ${name} ${show(value)}: expected a string, a number or a boolean`)
    }
    return line(`${name}=${typeof value === 'boolean' ? Number(value) : value}`)
  }).join('\n')
}
