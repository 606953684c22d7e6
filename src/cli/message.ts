/**
 * Prints a received message: its sender, its data and its control messages.
 * @module
 */
import { hex, isBytes } from '../abi/bytes.ts'
import { formatAddress, type Address } from '../address/address.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { credentials, type Credentials } from '../control/kinds/socket.ts'
import type { Message } from '../socket/receiving/message.ts'
import { Pidfd, pidfd } from '../identity/pidfd.ts'
import type { OwnedFd } from '../descriptors/owned-fd.ts'
import { rights } from '../descriptors/rights.ts'
import { SystemError } from '../errors.ts'
import { describe, showDescription, type Description } from './descriptor.ts'
import { commandLine, commandOf, groupName, named, userName } from './people.ts'
import { count, hexDump, print, printable, printJson, styleFor, textOf } from './style.ts'
import { showAddress } from './address.ts'
import { inspect } from 'node:util'

/** A message with any kinds. */
export type AnyMessage = Message<AnyControlMessage>

/** Options of printing. */
export interface Printing {
  readonly json?: boolean
  readonly hex?: boolean
  /** Prints only the data, unchanged. */
  readonly raw?: boolean
}

/** The sender of a message. */
export interface Sender extends Credentials {
  readonly user?: string | undefined
  readonly group?: string | undefined
  readonly command?: string | undefined
}

/** Adds names to credentials. `process` is the pidfd of the message, if it has one, which cannot refer to another process. */
export function senderOf(who: Credentials, process?: Pidfd): Sender {
  const info = process?.info()
  const command = process !== undefined ? info && commandLine(info.cmdline, info.comm) : commandOf(who.pid)
  return { ...who, user: userName(who.uid), group: groupName(who.gid), command }
}

/** Describes a sender on one line. */
export function showSender({ pid, uid, gid, user, group, command }: Sender): string {
  const runs = command === undefined
    ? (pid === 0 ? ' (not visible from here)' : ' (it has ended)')
    : ` (${printable(command.length > 60 ? `${command.slice(0, 59)}…` : command)})`
  return `pid ${pid}${runs}, uid ${named(uid, user)}, gid ${named(gid, group)}`
}

/** Kinds that are shown elsewhere, or not at all. */
const shown: readonly string[] = [credentials.kind, rights.kind]

/** Converts a control message for printing. Describes its descriptors now, because they will be closed. */
interface ShownControl {
  readonly kind: string
  readonly level: number
  readonly type: number
  readonly data?: Uint8Array
  readonly value?: unknown
  readonly descriptors?: readonly Description[]
}

function controlOf(message: AnyMessage): ShownControl[] {
  return message.control.map((one) => {
    const { kind, level, type, data } = one
    if (!('value' in one)) return { kind, level, type, data }
    const value: unknown = one.value
    if (kind === rights.kind) return { kind, level, type, descriptors: (value as OwnedFd[]).map(({ fd }) => describe(fd)) }
    if (value instanceof Pidfd) return { kind, level, type, value: { pid: value.pid }, descriptors: [describe(value.fd)] }
    return { kind, level, type, value }
  })
}

/** Prints a message. `connection` is its connection, and `peer` the process that made the connection. */
export function printMessage(
  message: AnyMessage, printing: Printing, connection?: { readonly number: number; readonly peer: Sender | undefined },
): void {
  if (printing.raw) {
    process.stdout.write(message.data)
    return
  }
  const who = message.get(credentials)
  const held = message.control.map((one) => ('value' in one ? one.value : undefined)).find((value) => value instanceof Pidfd)
  const sender = who === undefined ? connection?.peer : senderOf(who, held)
  const control = controlOf(message)
  const { data, address, truncated, controlTruncated } = message
  if (printing.json) {
    return printJson({
      time: new Date().toISOString(), from: 'unnamed' in address ? null : formatAddress(address),
      ...(connection === undefined ? {} : { connection: connection.number }),
      sender: sender ?? null, length: data.length, text: textOf(data) ?? null, hex: hex(data), truncated, controlTruncated, control,
    })
  }
  print(lines().join('\n'))

  function lines(): string[] {
    const { bold, dim, red, cyan } = styleFor()
    const from = connection === undefined ? `from ${showAddress(address as Address)}` : `on connection ${connection.number}`
    const identity = sender === undefined ? 'the sender is not known' : showSender(sender)
    const toShow = control.filter(({ kind, descriptors }) => descriptors !== undefined || !shown.includes(kind))
    return [
      `${dim(clock())} ${bold(from)}: ${identity}; ${count(data.length, 'byte')}${truncated ? red(', cut off') : ''}`,
      ...body(data, printing.hex === true).map((line) => `  ${line}`),
      ...toShow.flatMap((one) => showControl(one)).map((line) => `  ${cyan(line)}`),
      ...(controlTruncated ? [red('  control messages were cut off: some were not asked for, or there were too many')] : []),
    ]
  }
}

/** Maximum number of rows of a dump, so that other messages stay visible. */
const mostRows = 16

const clock = (): string => {
  const now = new Date()
  return `${now.toTimeString().slice(0, 8)}.${String(now.getMilliseconds()).padStart(3, '0')}`
}

function body(data: Uint8Array, asHex: boolean): string[] {
  const text = asHex ? undefined : textOf(data)
  if (text !== undefined) return data.length === 0 ? [] : text.replace(/\n$/, '').split('\n')
  const rows = hexDump(data)
  return asHex || rows.length <= mostRows
    ? rows
    : [...rows.slice(0, mostRows), `… ${count(rows.length - mostRows, 'row')} more; --hex shows all`]
}

function showControl({ kind, level, type, data, value, descriptors }: ShownControl): string[] {
  if (kind === pidfd.kind && descriptors === undefined) return [`pidfd: none, ${value instanceof SystemError ? value.code : 'unknown'}`]
  if (kind === pidfd.kind) return [`pidfd: of pid ${(value as { pid: number }).pid}`]
  if (descriptors !== undefined) {
    return [`rights: ${count(descriptors.length, 'descriptor')}`, ...descriptors.map((one) => `  ${showDescription(one)}`)]
  }
  if (data !== undefined) {
    return [`${kind}: level ${level}, type ${type}, ${count(data.length, 'byte')}${data.length > 0 ? `: ${hex(data, ' ')}` : ''}`]
  }
  return [`${kind}: ${showValue(value)}`]
}

/** Shows a value on one line. */
function showValue(value: unknown): string {
  if (isBytes(value)) return hex(value, ' ')
  return printable(typeof value === 'string' ? value : inspect(value, { breakLength: Infinity, compact: true, depth: 4 }))
}
