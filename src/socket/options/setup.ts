/**
 * Turns on the kinds that a socket is asked to receive: at creation, after connecting, or after accepting.
 * @module
 */
import { boolean } from '../../arguments.ts'
import { constants } from '../../../generated/constants.ts'
import type { AnyControlMessage, Family } from '../../control/define.ts'
import { formsIn } from '../../control/forms.ts'
import { SystemError, unsupported } from '../../errors.ts'
import { isConnected } from '../network-reports.ts'
import { isOn } from './kinds.ts'
import { NotSet, setOption, type OptionToSet } from './set.ts'

const { SOL_SOCKET, SO_PASSRIGHTS, SO_PASSCRED, SOCK_STREAM, SOCK_SEQPACKET } = constants

/** The socket, and what has happened to it. */
export interface Setup {
  readonly family: Family | undefined
  /** `SOCK_*`. */
  readonly type: number
  /**
   * `'created'`: by this library, just now; `'connected'`: kinds were turned on before, and it has connected since; `'accepted'`: kinds
   * were turned on for its listener before it listened; `'adopted'`: nothing is known about it.
   */
  readonly when: 'created' | 'connected' | 'accepted' | 'adopted'
  readonly passRights?: boolean | undefined
}

/**
 * Turns on the options of each kind, and sets `passRights`. If it throws, the caller must close the socket.
 * @throws Error `ERR_CMSG_UNSUPPORTED`: this kernel, or a socket of this kind or in this state, does not support it
 */
export function enableKinds(fd: number, definitions: readonly AnyControlMessage[], { family, type, when, passRights }: Setup): void {
  const due = dueAt(when, fd, type)
  const wanted = definitions.filter(({ receive }) => receive!.option !== undefined && isDue(receive!, due, type))
  // Kinds that share an option with flags are turned on together, including those turned on before.
  const sharing = definitions.filter(({ receive }) => due !== 'withoutConnection' || isDue(receive!, due, type))
  const done = new Set<string>()
  for (const definition of wanted) enable(fd, definition, sharing, family, done)
  // An accepted socket inherits it from its listener, like all SO_PASS* options of AF_UNIX.
  if (passRights !== undefined && when !== 'connected' && when !== 'accepted') {
    boolean('create a socket', 'passRights', passRights)
    try {
      setOption(fd, { level: SOL_SOCKET, option: SO_PASSRIGHTS, value: Number(passRights), name: 'SO_PASSRIGHTS' })
    } catch (error) {
      throw refused('refuse descriptors, passRights: false', error)
    }
  }
}

/** True if sockets of this type are connected by a listener, to one peer each. */
export const hasConnections = (type: number): boolean => type === SOCK_STREAM || type === SOCK_SEQPACKET

/**
 * The kinds to turn on:
 * - `'withoutConnection'`: those that the kernel accepts before the socket is connected. The others follow once it is.
 * - `'needConnection'`: those that the kernel refuses before. The others were turned on earlier.
 * - `'notInherited'`: those that the socket did not get from its listener.
 * - `'all'`: every kind. Nothing was turned on yet, and the socket is connected or never needs to be.
 */
type Due = 'withoutConnection' | 'needConnection' | 'notInherited' | 'all'

function dueAt(when: Setup['when'], fd: number, type: number): Due {
  switch (when) {
    case 'created': return 'withoutConnection'
    case 'connected': return 'needConnection'
    case 'accepted': return 'notInherited'
    case 'adopted': return hasConnections(type) && !isConnected(fd) ? 'withoutConnection' : 'all'
  }
}

/** True if a kind is due. A definition's `when: 'connected'` applies only to sockets that have connections. */
function isDue({ when, inherited = false }: NonNullable<AnyControlMessage['receive']>, due: Due, type: number): boolean {
  switch (due) {
    case 'withoutConnection': return when !== 'connected' || !hasConnections(type)
    case 'needConnection': return when === 'connected'
    case 'notInherited': return !inherited
    case 'all': return true
  }
}

function enable(
  fd: number, definition: AnyControlMessage, sharing: readonly AnyControlMessage[], family: Family | undefined, done: Set<string>,
): void {
  const { kind, level, receive } = definition
  const { option, optionLevel = level, optionName: name, readable = true } = receive!
  const own: OptionToSet = { level: optionLevel, option: option!, value: valueOf(sharing, optionLevel, option!), name, readable }
  const further = formsIn(definition, family).flatMap((form): OptionToSet[] =>
    form.option === undefined ? [] : [{ level: form.optionLevel, option: form.option, value: 1, name: form.optionName }])
  // A raw IPv6 socket has no IPv4 options, other IPv6 sockets have both: one supported option is enough.
  let failure: unknown
  let on = false
  for (const wanted of [own, ...further]) {
    const key = `${wanted.level} ${wanted.option}`
    try {
      if (!done.has(key)) setOption(fd, wanted)
      done.add(key)
      on = true
    } catch (error) {
      if (!isRefusal(error)) throw error
      failure ??= error
    }
  }
  if (!on) throw refused(`receive ${kind}`, failure)
}

const valueOf = (definitions: readonly AnyControlMessage[], level: number, option: number): number => definitions
  .filter((one) => one.receive!.option === option && (one.receive!.optionLevel ?? one.level) === level)
  .reduce((bits, { receive }) => bits | (receive!.value ?? 1), 0)

const refusals: readonly string[] = ['ENOPROTOOPT', 'EOPNOTSUPP', 'ENOTSUP', 'EINVAL']
const isRefusal = (error: unknown): boolean => error instanceof NotSet || (error instanceof SystemError && refusals.includes(error.code))

function refused(attempt: string, error: unknown): unknown {
  if (!isRefusal(error)) return error
  const { message } = error as Error
  const state = error instanceof SystemError && error.code === 'EINVAL' ? ', or not in this state' : ''
  return unsupported(`Cannot ${attempt}: this kernel does not support it, or not on sockets of this kind${state} (${message})`, error)
}

/** True if an adopted socket already asked for credentials, so those of every message are real. Call it before {@link enableKinds}. */
export const areCredentialsOn = (fd: number): boolean => isOn(fd, { level: SOL_SOCKET, option: SO_PASSCRED })
