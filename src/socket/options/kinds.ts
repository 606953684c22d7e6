/**
 * Checks the `receive` option before a socket is created: refuses kinds that its family and type do not deliver, and kinds that
 * exclude each other.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import type { AnyControlMessage, Family } from '../../control/define.ts'
import { inFamily } from '../../control/define.ts'
import { describeSockets, isAmong, socketTypeName, type SocketFacts, type SocketOption } from '../../control/sockets.ts'
import { invalidDefinition, invalidType, show, SystemError, unsupported } from '../../errors.ts'
import { getsockopt } from '../../libc/options.ts'

/** The socket that will receive the kinds. */
export interface KindsOf {
  readonly family: Family | undefined
  /** `SOCK_*`. */
  readonly type: number
  /** `IPPROTO_*`, if it is known. */
  readonly protocol?: number | undefined
  /** The descriptor of an adopted socket, whose options that are already on count. */
  readonly fd?: number | undefined
}

const { INT_MAX } = constants

/**
 * Checks the kinds that a socket is asked to receive.
 * @throws TypeError `ERR_CMSG_INVALID_DEFINITION`: not a definition, or the same twice; Error `ERR_CMSG_UNSUPPORTED`: sockets of
 * this type do not deliver it, or not together with another
 */
export function checkKinds<D extends AnyControlMessage>(receive: readonly D[], { family, type, protocol, fd }: KindsOf): readonly D[] {
  if (!Array.isArray(receive)) throw invalidType(`Cannot receive ${show(receive)}: expected an array of definitions, such as [credentials]`)
  const definitions = receive as readonly D[]
  for (const [i, definition] of definitions.entries()) checkDefinition(definition, definitions.slice(0, i), family)
  const facts: SocketFacts = {
    family, type, protocol, isOn: (option) => turnsOn(definitions, option) || (fd !== undefined && isOn(fd, option)),
  }
  for (const { kind, deliveredBy } of definitions) {
    if (isAmong(deliveredBy, facts)) continue
    const what = family === undefined ? '' : ` of family ${family}`
    const others = describeSockets(deliveredBy!, family)
    throw unsupported(`Cannot receive ${kind} on a ${socketTypeName(type)} socket${what}: only ${others} deliver it`)
  }
  return definitions
}

function checkDefinition(definition: AnyControlMessage, before: readonly AnyControlMessage[], family: Family | undefined): void {
  if (typeof definition?.decode !== 'function') {
    throw invalidType(`Cannot receive ${show(definition)}: expected a definition, such as credentials`)
  }
  const { kind, level, type, receive } = definition
  if (family !== undefined && !inFamily(definition.family, family)) {
    const families = [definition.family].flat().join(', ')
    throw invalidDefinition(`Cannot receive ${kind} on a socket of family ${family}: only ${families} sockets deliver it`)
  }
  if (receive === undefined) throw invalidDefinition(`Cannot receive ${kind}: its definition has no { receive: { size, option } }`)
  checkSize(definition)
  for (const other of before) {
    if (other.kind === kind || (other.level === level && other.type === type)) {
      const same = other.kind === kind ? 'kind' : 'level and type'
      throw invalidDefinition(`Cannot receive both ${other.kind} and ${kind}: they have the same ${same}`)
    }
    const { slot, option } = other.receive!
    const sameOption = option === receive.option && (other.receive!.optionLevel ?? other.level) === (receive.optionLevel ?? level)
    if (slot !== undefined && slot === receive.slot && !sameOption) {
      throw unsupported(`Cannot receive both ${other.kind} and ${kind}: both use the option slot ${slot}, `
        + 'so turning on the second turns off the first')
    }
  }
}

/** Checks the size, which may come from a user's function, before there is anything to close. */
function checkSize(definition: AnyControlMessage): void {
  const { kind } = definition
  let size: unknown
  try {
    size = [definition.receive!, ...(definition.forms ?? [])].map((one) => one.size).find((one) => !isSize(one)) ?? definition.receive!.size
  } catch (error) {
    throw invalidDefinition(`Cannot receive ${kind}: receive.size of its definition throws ${show(error)}`)
  }
  if (!isSize(size)) {
    throw invalidDefinition(`Cannot receive ${kind}: receive.size of its definition is ${show(size)}: `
      + 'expected the number of bytes to reserve')
  }
}
const isSize = (size: unknown): boolean => Number.isSafeInteger(size) && (size as number) >= 0 && (size as number) <= maxSize
/** The kernel has no longer control messages. */
const maxSize = INT_MAX >> 11

/** True if receiving these kinds turns an option on. */
const turnsOn = (definitions: readonly AnyControlMessage[], { level, option }: SocketOption): boolean =>
  definitions.some((one) => one.receive!.option === option && (one.receive!.optionLevel ?? one.level) === level)

/** True if an option of a socket is on. False if the socket does not have the option. */
export function isOn(fd: number, { level, option }: SocketOption): boolean {
  try {
    return getsockopt(fd, level, option) !== 0
  } catch (error) {
    if (error instanceof SystemError) return false
    throw error
  }
}
