/**
 * Computes the size of the control buffer from the options that are on.
 *
 * An AF_UNIX socket that did not ask for descriptors gets no spare bytes: 32 bytes would let a stranger install four
 * descriptors. In other families nothing can be installed, so spare bytes only cost memory.
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

const {
  SOL_SOCKET, SO_TIMESTAMP_OLD, SCM_RIGHTS, SCM_PIDFD, SCM_INQ, SCM_SECURITY, SO_TIMESTAMPING_OLD, SO_TIMESTAMPING_NEW,
  SOF_TIMESTAMPING_SOFTWARE, SOCK_STREAM,
} = constants

/** A socket, and the kinds it was asked to receive. */
export interface ControlSizeOf {
  readonly family: Family | undefined
  /** `SOCK_*`. */
  readonly type: number
  /** `IPPROTO_*`, if it is known. */
  readonly protocol?: number | undefined
  readonly definitions: readonly AnyControlMessage[]
  /** The options of an adopted socket are not known, so the kernel is asked. A new socket has only the requested options on. */
  readonly adopted?: boolean
  /** SO_TIMESTAMP is on to distinguish an empty packet from the end. */
  readonly mark?: boolean
}

/** A kind that is delivered while its option is on. */
interface Watched {
  readonly definition: AnyControlMessage
  readonly level: number
  readonly option: number
  readonly slot: string
  value: number
}

/** The size of a socket's control buffer, which follows its options. */
export class ControlSize {
  readonly #fd: number
  readonly #of: ControlSizeOf
  /** A fixed size, for descriptors and everything that may precede them, with all options on. */
  readonly #whole: number | undefined
  #watched: Watched[] | undefined
  #mark: boolean
  /** The kinds in {@link size}. */
  #counted: ReadonlySet<AnyControlMessage> = new Set()
  #size: number

  constructor(fd: number, of: ControlSizeOf) {
    this.#fd = fd
    this.#of = of
    this.#mark = of.mark ?? false
    this.#whole = wholeSize(of)
    this.#size = this.#whole ?? this.#computed()
    if (of.adopted === true && (of.family === 'unix' || of.definitions.length > 0)) this.refresh()
  }

  /** Buffer size for the control messages of one message, in bytes. */
  get size(): number {
    return this.#size
  }

  /** Buffer size for the control messages of an error queue report, which may arrive without being asked for. */
  get errorSize(): number {
    const { family, definitions } = this.#of
    if (family === 'unix') return this.#size
    const reports = (builtins as readonly AnyControlMessage[])
      .filter((one) => one.receive?.errorQueue === true && family !== undefined && inFamily(one.family, family))
    return this.#size + reports.reduce((sum, one) => (definitions.includes(one) ? sum : sum + CMSG_SPACE(one.receive!.size)), 0)
  }

  /** True if the size has space for control messages of a type, or if the kernel puts them after all others. */
  counts(level: number, type: number): boolean {
    if (this.#whole !== undefined || is({ level, type }, SCM_RIGHTS, SCM_PIDFD, SCM_INQ)) return true
    const { family } = this.#of
    for (const one of this.#counted) {
      if ([one, ...formsIn(one, family)].some((form) => form.level === level && form.type === type)) return true
    }
    return false
  }

  /** True if packets have a timestamp that the user did not ask for. */
  get mark(): boolean {
    return this.#mark
  }
  set mark(on: boolean) {
    this.#mark = on
    // The mark is an ordinary option, which was read along with the others.
    if (this.#watched !== undefined) this.optionSet(SOL_SOCKET, SO_TIMESTAMP_OLD)
    this.#compute()
  }

  /** Called after an option of the socket was set. */
  optionSet(level: number, option: number): void {
    if (this.#whole !== undefined) return
    const watched = this.#watch()
    // Setting one option of a slot turns off the others.
    const slots = new Set(watched.flatMap((one) => (one.level === level && one.option === option ? [one.slot] : [])))
    for (const one of watched) if (slots.has(one.slot)) this.#read(one)
    if (slots.size > 0) this.#compute()
  }

  /** Reads the options again, since another process may have set them. Returns true if the size changed. */
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
      // This kernel or this socket does not support the option.
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
    const coming = new Set(this.#watched?.filter((one) => this.#isDelivered(one)).map(({ definition }) => definition))
    // Requested kinds are assumed to be on unless the options say otherwise. In other families they always keep their space.
    for (const definition of definitions) {
      if (family !== 'unix' || this.#watched?.some((one) => one.definition === definition) !== true) coming.add(definition)
    }
    // Another process can turn the mark off.
    if (this.#mark && this.#watched === undefined) coming.add(timestamp)
    // Kinds that are delivered without being asked for, in families where spare bytes do no harm.
    if (family !== undefined && !['unix', 'inet', 'inet6'].includes(family)) for (const one of deliveredAlways(family)) coming.add(one)
    this.#counted = coming
    return sumOf(coming, family)
  }

  /** True if the kernel delivers a kind with the options that are on. */
  #isDelivered({ definition, level, option, value }: Watched): boolean {
    if (value === 0) return false
    const { family, type, protocol } = this.#of
    // AF_UNIX has software timestamps only.
    const isTimestamping = level === SOL_SOCKET && (option === SO_TIMESTAMPING_OLD || option === SO_TIMESTAMPING_NEW)
    if (family === 'unix' && isTimestamping && (value & SOF_TIMESTAMPING_SOFTWARE) === 0) return false
    const isOn = (one: { level: number; option: number }): boolean =>
      this.#watched!.some((other) => other.level === one.level && other.option === one.option && other.value !== 0)
    return isAmong(definition.deliveredBy, { family, type, protocol, isOn })
  }
}

/** The slot of a kind. A socket has only one option of a slot on. */
const slotOf = ({ kind, receive }: AnyControlMessage): string => (receive?.slot === undefined ? kind : `slot ${receive.slot}`)

/** The total size of kinds delivered together, with the largest of those that exclude each other. */
function sumOf(kinds: Iterable<AnyControlMessage>, family: Family | undefined): number {
  const slots = new Map<string, Map<number | undefined, number>>()
  for (const one of kinds) {
    const slot = slotOf(one)
    const options = slots.get(slot) ?? new Map<number | undefined, number>()
    slots.set(slot, options.set(one.receive!.option, (options.get(one.receive!.option) ?? 0) + spaceOf(one, family)))
  }
  return [...slots.values()].reduce((sum, options) => sum + Math.max(...options.values()), 0)
}

function spaceOf(definition: AnyControlMessage, family: Family | undefined): number {
  const { level, type, receive } = definition
  const own = level === SOL_SOCKET && type === SCM_SECURITY && family === 'unix' && !hasLabels() ? 0 : CMSG_SPACE(receive!.size)
  return formsIn(definition, family).reduce((sum, { option, size }) => (option === undefined ? sum : sum + CMSG_SPACE(size)), own)
}

const is = ({ level, type }: Pick<AnyControlMessage, 'level' | 'type'>, ...types: readonly number[]): boolean =>
  level === SOL_SOCKET && types.includes(type)

/**
 * A Unix socket that receives descriptors, or a kind that the kernel puts after them, has space for all 253 descriptors and for
 * everything that may come with them. Otherwise a sender could push its credentials out with unrequested descriptors, and another
 * process with the same socket could push descriptors out by setting an option. A definition that asks for fewer descriptors gets
 * the exact sum, because more space would let more descriptors in.
 */
function wholeSize({ family, type, definitions }: ControlSizeOf): number | undefined {
  if (family !== 'unix' || !definitions.some((one) => is(one, SCM_RIGHTS, SCM_PIDFD, SCM_INQ))) return undefined
  if (definitions.some((one) => is(one, SCM_RIGHTS) && one.receive!.size < rights.receive!.size)) return undefined
  const known: readonly AnyControlMessage[] = type === SOCK_STREAM
    ? [credentials, security, rights, pidfd, inq] : [timestamp, timestamping, credentials, security, rights, pidfd]
  const others = known.filter((one) => !definitions.some(({ level, type }) => level === one.level && type === one.type))
  return sumOf([...definitions, ...others], family)
}

/** The kinds whose option can be read: the requested ones, and those of the catalogue. */
function watchedOn({ family, type, protocol, definitions }: ControlSizeOf): Watched[] {
  const isRequested = ({ level, type }: AnyControlMessage): boolean =>
    definitions.some((one) => one.level === level && one.type === type)
  const watch = (requested: boolean) => (definition: AnyControlMessage): Watched[] => {
    const { level, receive } = definition
    if (receive?.option === undefined || receive.readable === false) return []
    const value = requested ? receive.value ?? 1 : 0
    return [{ definition, level: receive.optionLevel ?? level, option: receive.option, slot: slotOf(definition), value }]
  }
  const others = catalogueFor(family, type, protocol).filter((one) => !isRequested(one))
  return [...definitions.flatMap(watch(true)), ...others.flatMap(watch(false))]
}

const catalogues = new Map<string, readonly AnyControlMessage[]>()
/** The built-in kinds that such sockets deliver with their messages. */
function catalogueFor(family: Family | undefined, type: number, protocol: number | undefined): readonly AnyControlMessage[] {
  if (family === undefined) return []
  const key = `${family} ${type} ${protocol}`
  let kinds = catalogues.get(key)
  if (kinds === undefined) {
    kinds = (builtins as readonly AnyControlMessage[]).filter((one) =>
      // These come after descriptors, so they push nothing out, and descriptors would use up their space.
      !(family === 'unix' && is(one, SCM_PIDFD, SCM_INQ))
      && one.receive !== undefined && one.receive.errorQueue !== true
      && inFamily(one.family, family) && isAmong(one.deliveredBy, { family, type, protocol }))
    catalogues.set(key, kinds)
  }
  return kinds
}

/** The kinds of a family that are delivered without an option. */
const deliveredAlways = (family: Family): AnyControlMessage[] =>
  (builtins as readonly AnyControlMessage[]).filter(({ family: of, receive }) =>
    receive !== undefined && receive.option === undefined && receive.errorQueue !== true && inFamily(of, family))

let labels: boolean | undefined
/** True if a security module labels sockets. Without labels, space for a label would be space for descriptors. */
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
