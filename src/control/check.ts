/**
 * Checks a definition when it is created.
 * @module
 */
import { hostAbi } from '../abi/abi.ts'
import { copyOf, isBytes, isGone, plainView } from '../abi/bytes.ts'
import { sizeAndAlign } from '../abi/c-layout.ts'
import type { AnyStruct } from '../abi/types.ts'
import { count, invalidDefinition, outOfRange, show } from '../misuse.ts'
import { parts, type AnyDefinition } from './facts.ts'
import { structOf, type Payload } from './payload.ts'
import { checkFamilies, checkSockets, isInt } from './sockets.ts'

type Refuse = (reason: string) => never

const directions: readonly unknown[] = ['both', 'receive', 'send', undefined]

/** Checks the parts of a definition, and calls `refuse` with the reason if one is invalid. */
export function checkDefinition(definition: AnyDefinition, payload: Payload, refuse: Refuse): void {
  const { kind, level, type, family, direction, receive, layout, decode, minSize = 0, maxSize, part, takenBy, deliveredBy, atEnd, also } =
    definition
  if (typeof kind !== 'string' || kind === '' || kind === 'unknown') refuse('its kind must be a name, and not "unknown"')
  checkInt('level', level, refuse)
  checkInt('type', type, refuse)
  if (family !== undefined) checkFamilies(family, refuse)
  if (!directions.includes(direction)) refuse(`direction is 'receive', 'send' or 'both', not ${show(direction)}`)
  const hasLayout = typeof layout === 'string' || typeof layout === 'function'
    || typeof (layout as AnyStruct | null | undefined)?.for === 'function'
  if (!hasLayout && (layout !== undefined || typeof decode !== 'function')) refuse('it needs a layout or a decode function')
  if (typeof layout === 'string' && sizeAndAlign(layout, hostAbi()) === undefined) refuse(`${show(layout)} is not a type`)
  checkSize('minSize', minSize, refuse)
  if (receive !== undefined && receive?.size === undefined && layout === undefined && maxSize === undefined) {
    refuse('receive needs a size, the space to reserve for the payload, if there is neither maxSize nor a layout')
  }
  if (maxSize !== undefined) checkSize('maxSize', maxSize, refuse)
  if (direction === 'send' && receive !== undefined) refuse('it can only be sent, so it cannot have receive')
  if (direction !== undefined && direction !== 'receive' && payload.encode === undefined) {
    refuse('to be sent, it needs a layout or an encode function')
  }
  if (part !== undefined && !parts.includes(part)) refuse(`part is ${parts.map((one) => `'${one}'`).join(', ')}, not ${show(part)}`)
  checkBoolean('atEnd', atEnd, refuse)
  checkSockets('takenBy', takenBy, refuse)
  checkSockets('deliveredBy', deliveredBy, refuse)
  if (receive !== undefined) checkReceive(receive, refuse)
  if (also !== undefined) checkAlso(also, refuse)
  // A layout that is created on demand is not checked here: tests check the whole catalogue.
  if (typeof layout === 'function' || typeof minSize === 'function') return
  const least = payload.minSize(hostAbi())
  const limit = typeof maxSize === 'number' ? maxSize : Infinity
  if (limit < least) refuse(`maxSize is ${limit}, less than its minimum size of ${count(least, 'byte')}`)
  if (receive?.size !== undefined && (!Number.isSafeInteger(receive.size) || receive.size < least)) {
    refuse(`receive.size is ${show(receive.size)}, less than the ${count(least, 'byte')} of its payload`)
  }
}

/**
 * Returns `encode` of a user's definition, with checks of its result. It returns a copy, since `encode` may use its buffer again.
 * The size must be one that the definition decodes, or that of the alternative layout, which is the one that is sent.
 */
export function checkedEncode({ kind, alternative }: AnyDefinition, payload: Payload): Payload['encode'] & object {
  return (value, abi) => {
    const bytes: unknown = payload.encode!(value, abi)
    if (!isBytes(bytes)) throw invalidDefinition(`Cannot send ${kind}: its encode returned ${show(bytes)}, and not a Uint8Array`)
    if (isGone(bytes)) throw invalidDefinition(`Cannot send ${kind}: its encode returned bytes, but their ArrayBuffer was transferred`)
    const copy = copyOf(plainView(bytes))
    if (payload.accepts(copy.length, abi) || (alternative !== undefined && structOf(alternative, abi).size === copy.length)) return copy
    throw outOfRange(`Cannot send ${kind}: its encode returned ${count(copy.length, 'byte')}, a size that its definition refuses`)
  }
}

function checkReceive(receive: NonNullable<AnyDefinition['receive']>, refuse: Refuse): void {
  if (typeof receive !== 'object' || receive === null || Array.isArray(receive)) refuse(`receive must be an object, not ${show(receive)}`)
  const { option, optionLevel, optionName, slot, errorQueue, inherited, readable, when } = receive
  checkOption('receive.option', option, refuse)
  if (optionLevel !== undefined) checkInt('receive.optionLevel', optionLevel, refuse)
  // A getter computes its value on demand.
  if ('value' in receive) {
    const value = Object.getOwnPropertyDescriptor(receive, 'value')
    if (value?.get === undefined && value?.value !== undefined) checkInt('receive.value', value.value, refuse)
  }
  checkName('receive.optionName', optionName, refuse)
  checkName('receive.slot', slot, refuse)
  checkBoolean('receive.errorQueue', errorQueue, refuse)
  checkBoolean('receive.inherited', inherited, refuse)
  checkBoolean('receive.readable', readable, refuse)
  if (when !== undefined && when !== 'connected') refuse(`receive.when is 'connected' or absent, not ${show(when)}`)
  if (option === undefined && (when !== undefined || slot !== undefined)) {
    refuse('receive.when and receive.slot need receive.option')
  }
}

function checkInt(name: string, value: unknown, refuse: Refuse): void {
  if (!isInt(value)) refuse(`${name} must be a 32-bit integer, not ${show(value)}`)
}

/** Checks for a number, or an object with one number under its C name. */
function checkOption(name: string, value: unknown, refuse: Refuse): void {
  if (value === undefined) return
  if (typeof value !== 'object' || value === null) return checkInt(name, value, refuse)
  const [[key, number] = [''], ...others] = Object.entries(value) as [string, unknown][]
  // The elements of an array have no C name.
  if (!/^[A-Za-z_]/.test(key) || !isInt(number) || others.length > 0) refuse(`${name} must be { NAME: integer }, not ${show(value)}`)
}

function checkName(name: string, value: unknown, refuse: Refuse): void {
  if (value !== undefined && typeof value !== 'string') refuse(`${name} must be a name, not ${show(value)}`)
}

function checkBoolean(name: string, value: unknown, refuse: Refuse): void {
  if (value !== undefined && typeof value !== 'boolean') refuse(`${name} is true or false, not ${show(value)}`)
}

function checkSize(name: string, value: unknown, refuse: Refuse): void {
  if (typeof value !== 'function' && !(Number.isSafeInteger(value) && (value as number) >= 0)) {
    refuse(`${name} must be a number of bytes, not ${show(value)}`)
  }
}

function checkAlso(also: readonly object[], refuse: Refuse): void {
  const shape = 'also must be a list of { level, type, … }, not '
  if (!Array.isArray(also)) refuse(shape + show(also))
  for (const one of also as readonly Readonly<Record<string, unknown>>[]) {
    if (typeof one !== 'object' || one === null || !isInt(one.level) || !isInt(one.type)) refuse(`${shape}of ${show(one)}`)
    const { family, option, optionLevel, decode, minSize, maxSize } = one
    if (family !== undefined) checkFamilies(family, refuse)
    checkOption('the option of also', option, refuse)
    if (optionLevel !== undefined) checkInt('the optionLevel of also', optionLevel, refuse)
    if (decode === undefined) continue
    if (typeof decode !== 'function') refuse(`the decode of also must be a function, not ${show(decode)}`)
    checkSize('the minSize of also', minSize, refuse)
    if (maxSize !== undefined) checkSize('the maxSize of also', maxSize, refuse)
  }
}
