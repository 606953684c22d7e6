/**
 * Definitions, checked where they are written.
 * @module
 */
import { hostAbi } from '../abi/abi.ts'
import { sizeAndAlign } from '../abi/struct.ts'
import { show } from '../errors.ts'
import { parts, type AnyDefinition } from './facts.ts'
import type { Payload } from './payload.ts'
import { checkFamilies, checkSockets } from './sockets.ts'

type Refuse = (reason: string) => never

const directions: readonly unknown[] = ['both', 'receive', 'send', undefined]
const isInt = (n: unknown): boolean => typeof n === 'number' && (n | 0) === n
const isSize = (n: unknown): boolean => typeof n === 'function' || (Number.isSafeInteger(n) && (n as number) >= 0)

export function checkDefinition(definition: AnyDefinition, payload: Payload, refuse: Refuse): void {
  const { kind, level, type, family, direction, receive, layout, decode, minSize = 0, maxSize, part, takenBy, deliveredBy, atEnd, also } = definition
  if (typeof kind !== 'string' || kind === '' || kind === 'unknown') refuse('its kind must be a name, and not "unknown"')
  if (!isInt(level)) refuse(`level must be an integer of 32 bits, not ${show(level)}`)
  if (!isInt(type)) refuse(`type must be an integer of 32 bits, not ${show(type)}`)
  if (family !== undefined) checkFamilies(family, refuse)
  if (!directions.includes(direction)) refuse(`direction is 'receive', 'send' or 'both', not ${show(direction)}`)
  if (layout === undefined && typeof decode !== 'function') refuse('it needs a layout, or a decode function')
  if (typeof layout === 'string' && sizeAndAlign(layout, hostAbi()) === undefined) refuse(`${show(layout)} is no type`)
  if (!isSize(minSize)) refuse(`minSize must be a number of bytes, not ${show(minSize)}`)
  if (maxSize !== undefined && !isSize(maxSize)) refuse(`maxSize must be a number of bytes, not ${show(maxSize)}`)
  if (direction === 'send' && receive !== undefined) refuse('it is only sent, so it cannot say how to receive it')
  if (direction !== undefined && direction !== 'receive' && payload.encode === undefined) refuse('to be sent it needs a layout, or an encode function')
  if (part !== undefined && !parts.includes(part)) refuse(`part is ${parts.map((one) => `'${one}'`).join(', ')}, not ${show(part)}`)
  if (atEnd !== undefined && typeof atEnd !== 'boolean') refuse(`atEnd is true or false, not ${show(atEnd)}`)
  checkSockets('takenBy', takenBy, refuse)
  checkSockets('deliveredBy', deliveredBy, refuse)
  if (receive !== undefined) checkReceive(receive, refuse)
  if (also !== undefined) checkAlso(also, refuse)
  // A layout that is made when it is needed is looked at then: everything of the catalogue is tested.
  if (typeof layout === 'function' || typeof minSize === 'function') return
  const least = payload.minSize(hostAbi())
  const limit = typeof maxSize === 'number' ? maxSize : Infinity
  if (limit < least) refuse(`maxSize is ${limit}, less than the ${least} bytes it takes at least`)
  if (receive?.size !== undefined && (!Number.isSafeInteger(receive.size) || receive.size < least)) {
    refuse(`receive.size is ${show(receive.size)}, less than the ${least} bytes its payload takes`)
  }
}

// One by one: in a loop over names, it took a tenth of the time that importing the catalogue takes.
function checkReceive(receive: NonNullable<AnyDefinition['receive']>, refuse: Refuse): void {
  const { option, optionLevel, optionName, slot, errorQueue, inherited, readable, when } = receive
  if (!isIntOrAbsent(option)) refuse(`receive.option must be an integer of 32 bits, not ${show(option)}`)
  if (!isIntOrAbsent(optionLevel)) refuse(`receive.optionLevel must be an integer of 32 bits, not ${show(optionLevel)}`)
  // A getter is for what is computed when it is needed.
  if ('value' in receive) {
    const value = Object.getOwnPropertyDescriptor(receive, 'value')
    if (value?.get === undefined && !isIntOrAbsent(value?.value)) refuse(`receive.value must be an integer of 32 bits, not ${show(value!.value)}`)
  }
  if (!isNameOrAbsent(optionName)) refuse(`receive.optionName must be a name, not ${show(optionName)}`)
  if (!isNameOrAbsent(slot)) refuse(`receive.slot must be a name, not ${show(slot)}`)
  if (!isBooleanOrAbsent(errorQueue)) refuse(`receive.errorQueue is true or false, not ${show(errorQueue)}`)
  if (!isBooleanOrAbsent(inherited)) refuse(`receive.inherited is true or false, not ${show(inherited)}`)
  if (!isBooleanOrAbsent(readable)) refuse(`receive.readable is true or false, not ${show(readable)}`)
  if (when !== undefined && when !== 'connected') refuse(`receive.when is 'connected' or absent, not ${show(when)}`)
  if (option === undefined && (when !== undefined || slot !== undefined)) refuse('receive.when and receive.slot are about an option, and it has none')
}

const isIntOrAbsent = (value: unknown): boolean => value === undefined || isInt(value)
const isNameOrAbsent = (value: unknown): boolean => value === undefined || typeof value === 'string'
const isBooleanOrAbsent = (value: unknown): boolean => value === undefined || typeof value === 'boolean'

function checkAlso(also: readonly object[], refuse: Refuse): void {
  if (!Array.isArray(also)) refuse(`also must be a list of { level, type, … }, not ${show(also)}`)
  for (const one of also as readonly Readonly<Record<string, unknown>>[]) {
    if (typeof one !== 'object' || one === null || !isInt(one.level) || !isInt(one.type)) refuse(`also must be a list of { level, type, … }, not of ${show(one)}`)
    const { family, option, optionLevel, decode, minSize, maxSize } = one
    if (family !== undefined) checkFamilies(family, refuse)
    if (option !== undefined && !isInt(option)) refuse(`the option of also must be an integer of 32 bits, not ${show(option)}`)
    if (optionLevel !== undefined && !isInt(optionLevel)) refuse(`the optionLevel of also must be an integer of 32 bits, not ${show(optionLevel)}`)
    if (decode !== undefined && typeof decode !== 'function') refuse(`the decode of also must be a function, not ${show(decode)}`)
    if (decode !== undefined && !isSize(minSize)) refuse(`the minSize of also must be a number of bytes, not ${show(minSize)}`)
    if (maxSize !== undefined && !isSize(maxSize)) refuse(`the maxSize of also must be a number of bytes, not ${show(maxSize)}`)
  }
}
