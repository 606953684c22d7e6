/**
 * The room for control messages, from the options that are on.
 *
 * An AF_UNIX socket that did not ask for descriptors has no spare byte: 32 of them would install four descriptors of a
 * stranger. Elsewhere nothing can be installed, and room is only memory.
 * @module
 */
import { readFileSync } from 'node:fs'
import { constants } from '../../../generated/constants.ts'
import { CMSG_SPACE } from '../../abi/cmsg.ts'
import { builtins } from '../../control/catalogue.ts'
import { inFamily, type AnyControlMessage, type Family } from '../../control/define.ts'
import { formsIn } from '../../control/forms.ts'
import { isAmong } from '../../control/sockets.ts'
import { credentials, inq, pidfd, rights, security } from '../../control/kinds/socket.ts'
import { timestamp, timestamping } from '../../control/kinds/socket.ts'
import { SystemError } from '../../errors.ts'
import { getsockopt } from '../../libc/options.ts'

const { SOL_SOCKET, SO_TIMESTAMP_OLD, SCM_RIGHTS, SCM_PIDFD, SCM_INQ, SCM_SECURITY, SO_TIMESTAMPING_OLD, SO_TIMESTAMPING_NEW, SOF_TIMESTAMPING_SOFTWARE, SOCK_STREAM } = constants

/** The socket, and what it was asked to receive. */
export interface ControlSizeOf {
  readonly family: Family | undefined
  /** `SOCK_*`. */
  readonly type: number
  /** `IPPROTO_*`, where it is known. */
  readonly protocol?: number | undefined
  readonly definitions: readonly AnyControlMessage[]
  /** Nobody knows what is on: the kernel is asked. Of a socket of our own only what was asked for is. */
  readonly adopted?: boolean
  /** SO_TIMESTAMP is on, to tell an empty packet from the end. */
  readonly mark?: boolean
}

/** A kind that comes while its option is on. */
interface Watched {
  readonly definition: AnyControlMessage
  readonly level: number
  readonly option: number
  readonly slot: string
  value: number
}

export class ControlSize {
  readonly #fd: number
  readonly #of: ControlSizeOf
  /** A fixed size: what comes in front of descriptors, and they themselves, with everything on. */
  readonly #whole: number | undefined
  #watched: Watched[] | undefined
  #mark: boolean
  #size: number

  constructor(fd: number, of: ControlSizeOf) {
    this.#fd = fd
    this.#of = of
    this.#mark = of.mark ?? false
    this.#whole = wholeSize(of)
    this.#size = this.#whole ?? this.#computed()
    if (of.adopted === true && (of.family === 'unix' || of.definitions.length > 0)) this.refresh()
  }

  /** The room for the control messages of one message, bytes. */
  get size(): number {
    return this.#size
  }

  /** The room for those of a report of the error queue, which may come without having been asked for. */
  get errorSize(): number {
    const { family, definitions } = this.#of
    if (family === 'unix') return this.#size
    const reports = (builtins as readonly AnyControlMessage[]).filter((one) => one.receive?.errorQueue === true && family !== undefined && inFamily(one.family, family))
    return this.#size + reports.reduce((sum, one) => (definitions.includes(one) ? sum : sum + CMSG_SPACE(one.receive!.size)), 0)
  }

  /** Packets have a timestamp that nobody asked for. */
  get mark(): boolean {
    return this.#mark
  }
  set mark(on: boolean) {
    this.#mark = on
    // The mark is an option like others, and was read as one if all of them were.
    if (this.#watched !== undefined) this.optionSet(SOL_SOCKET, SO_TIMESTAMP_OLD)
    this.#compute()
  }

  /** Somebody has set an option of the socket, to anything. */
  optionSet(level: number, option: number): void {
    if (this.#whole !== undefined) return
    const watched = this.#watch()
    // Setting one option of a slot turns off the others.
    const slots = new Set(watched.flatMap((one) => (one.level === level && one.option === option ? [one.slot] : [])))
    for (const one of watched) if (slots.has(one.slot)) this.#read(one)
    if (slots.size > 0) this.#compute()
  }

  /** Read the options again, which another holder of the socket may have set: whether the size is another now. */
  refresh(): boolean {
    if (this.#whole !== undefined) return false
    const before = this.#size
    for (const one of this.#watch()) this.#read(one)
    this.#compute()
    return this.#size !== before
  }

  #read(one: Watched): void {
    try {
      one.value = getsockopt(this.#fd, one.level, one.option)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      // This kernel, or this socket, has not got it.
      one.value = 0
    }
  }

  #watch(): Watched[] {
    return (this.#watched ??= watchedOn(this.#of))
  }

  #compute(): void {
    this.#size = this.#whole ?? this.#computed()
  }

  #computed(): number {
    const { family, definitions } = this.#of
    const coming = new Set(this.#watched?.filter((one) => this.#comes(one)).map(({ definition }) => definition))
    // Kinds that were asked for have been turned on, until it is known better; and where room costs nothing, they keep it.
    for (const definition of definitions) {
      if (family !== 'unix' || this.#watched?.some((one) => one.definition === definition) !== true) coming.add(definition)
    }
    if (this.#mark) coming.add(timestamp)
    // Kinds that come unasked, in families where room can do no harm.
    if (family !== undefined && !['unix', 'inet', 'inet6'].includes(family)) for (const one of unasked(family)) coming.add(one)
    return sumOf(coming, family)
  }

  /** Tell if the kernel delivers a kind, with the options that are on. */
  #comes({ definition, level, option, value }: Watched): boolean {
    if (value === 0) return false
    const { family, type, protocol } = this.#of
    // Software alone takes times of AF_UNIX.
    if (family === 'unix' && level === SOL_SOCKET && (option === SO_TIMESTAMPING_OLD || option === SO_TIMESTAMPING_NEW) && (value & SOF_TIMESTAMPING_SOFTWARE) === 0) return false
    const isOn = (one: { level: number; option: number }): boolean => this.#watched!.some((other) => other.level === one.level && other.option === one.option && other.value !== 0)
    return isAmong(definition.deliveredBy, { family, type, protocol, isOn })
  }
}

/** The place of a kind: a socket has one option of a slot on. */
const slotOf = ({ kind, receive }: AnyControlMessage): string => (receive?.slot === undefined ? kind : `slot ${receive.slot}`)

/** The room for kinds that come together; of those that exclude each other, for the largest. */
function sumOf(kinds: Iterable<AnyControlMessage>, family: Family | undefined): number {
  const slots = new Map<string, Map<number | undefined, number>>()
  for (const one of kinds) {
    const slot = slotOf(one)
    const options = slots.get(slot) ?? new Map<number | undefined, number>()
    slots.set(slot, options.set(one.receive!.option, (options.get(one.receive!.option) ?? 0) + roomOf(one, family)))
  }
  return [...slots.values()].reduce((sum, options) => sum + Math.max(...options.values()), 0)
}

function roomOf(definition: AnyControlMessage, family: Family | undefined): number {
  const { level, type, receive } = definition
  const own = level === SOL_SOCKET && type === SCM_SECURITY && family === 'unix' && !hasLabels() ? 0 : CMSG_SPACE(receive!.size)
  return formsIn(definition, family).reduce((sum, { option, size }) => (option === undefined ? sum : sum + CMSG_SPACE(size)), own)
}

const is = ({ level, type }: AnyControlMessage, ...types: readonly number[]): boolean => level === SOL_SOCKET && types.includes(type)

/**
 * A Unix socket that receives descriptors, or a kind that the kernel puts behind them, has room for all 253 and for all
 * that may come with them: or a sender could hide who it is behind descriptors that nobody asked for, and the holder of a
 * copy of the socket could push them out by an option. A definition that asks for fewer descriptors gets the exact sum:
 * more room would be room for more of them.
 */
function wholeSize({ family, type, definitions }: ControlSizeOf): number | undefined {
  if (family !== 'unix' || !definitions.some((one) => is(one, SCM_RIGHTS, SCM_PIDFD, SCM_INQ))) return undefined
  if (definitions.some((one) => is(one, SCM_RIGHTS) && one.receive!.size < rights.receive!.size)) return undefined
  const known: readonly AnyControlMessage[] = type === SOCK_STREAM ? [credentials, security, rights, pidfd, inq] : [timestamp, timestamping, credentials, security, rights, pidfd]
  const others = known.filter((one) => !definitions.some(({ level, type }) => level === one.level && type === one.type))
  return sumOf([...definitions, ...others], family)
}

/** The kinds with an option that can be read: those that were asked for, and those of the catalogue. */
function watchedOn({ family, type, protocol, definitions }: ControlSizeOf): Watched[] {
  const isAsked = ({ level, type }: AnyControlMessage): boolean => definitions.some((one) => one.level === level && one.type === type)
  const watch = (asked: boolean) => (definition: AnyControlMessage): Watched[] => {
    const { level, receive } = definition
    if (receive?.option === undefined || receive.readable === false) return []
    return [{ definition, level: receive.optionLevel ?? level, option: receive.option, slot: slotOf(definition), value: asked ? receive.value ?? 1 : 0 }]
  }
  return [...definitions.flatMap(watch(true)), ...catalogueFor(family, type, protocol).filter((one) => !isAsked(one)).flatMap(watch(false))]
}

const catalogues = new Map<string, readonly AnyControlMessage[]>()
/** The kinds that sockets of a sort are known to deliver with their messages. */
function catalogueFor(family: Family | undefined, type: number, protocol: number | undefined): readonly AnyControlMessage[] {
  if (family === undefined) return []
  const key = `${family} ${type} ${protocol}`
  let kinds = catalogues.get(key)
  if (kinds === undefined) {
    kinds = (builtins as readonly AnyControlMessage[]).filter((one) =>
      // Behind descriptors these push nothing out, and descriptors would take the room for them.
      !(family === 'unix' && is(one, SCM_PIDFD, SCM_INQ))
      && one.receive !== undefined && one.receive.errorQueue !== true && inFamily(one.family, family) && isAmong(one.deliveredBy, { family, type, protocol }))
    catalogues.set(key, kinds)
  }
  return kinds
}

const unasked = (family: Family): AnyControlMessage[] =>
  (builtins as readonly AnyControlMessage[]).filter(({ family: of, receive }) => receive !== undefined && receive.option === undefined && receive.errorQueue !== true && inFamily(of, family))

let labels: boolean | undefined
/** Tell if a security module labels sockets: where a process has no label, no message has one, and room for it would be room for descriptors. */
function hasLabels(): boolean {
  if (labels === undefined) {
    try {
      labels = readFileSync('/proc/self/attr/current').length > 0
    } catch (error) {
      labels = (error as NodeJS.ErrnoException).code !== 'EINVAL'
    }
  }
  return labels
}
