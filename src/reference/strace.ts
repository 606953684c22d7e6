/**
 * Restores the bytes of control messages from the output of strace, which names the kernel's numbers and omits padding, but prints
 * cmsg_len and msg_controllen.
 * @module
 */
import type { Abi } from '../abi/abi.ts'
import { viewOf } from '../abi/bytes.ts'
import { CMSG_SPACE, cmsghdrOf, writeCmsghdr } from '../abi/cmsg.ts'
import { constants } from '../abi/constants.ts'
import type { AnyStruct } from '../abi/types.ts'
import { structs } from '../abi/structs.ts'
import { encodeAddress, type AddressLike } from '../address/address.ts'
import { families, type Family } from '../control/define.ts'
import { excerpt, fromString } from './notation.ts'
import { count, unreadable } from './text.ts'

/** A control buffer, with the family of its socket and the call, if strace printed them. */
export interface TracedControl { readonly control: Uint8Array; readonly family?: Family | undefined; readonly call?: string | undefined }

/** A value as strace prints it. */
type Value =
  | { readonly fields: ReadonlyMap<string, Value> }
  | { readonly items: readonly Value[] }
  | { readonly bytes: Uint8Array }
  | { readonly call: string; readonly args: readonly Value[] }
  | { readonly word: string }

/** Callbacks for information that only the caller has. */
export interface Surroundings {
  /** Called for control messages whose data strace does not print. */
  readonly lacking: (message: string) => void
  /** Called for a call that cannot be read, if others can. */
  readonly unread: (message: string) => void
  /** Returns the index of a network interface of this machine by its name. */
  readonly interfaceIndex: (name: string) => number | undefined
}

/**
 * Reads every control buffer in the output of strace: a list of control messages, or whole lines with any number of them.
 * strace prints no data for kinds that it does not know: they are read as zeros, and `lacking` is called.
 */
export function controlsOfStrace(text: string, abi: Abi, { lacking, unread, interfaceIndex }: Surroundings): TracedControl[] {
  const controls: TracedControl[] = []
  const failures: { readonly call: string | undefined; readonly error: unknown }[] = []
  for (let at = start(text, 0), before = 0; at >= 0; at = start(text, before)) {
    const line = text.lastIndexOf('\n', at) + 1
    const call = callOf(text.slice(line, at))
    try {
      const { value, end } = new Reader(text, at, interfaceIndex).list()
      const said = /^\s*,\s*msg_controllen=(?:\d+ => )?(\d+)/.exec(text.slice(end, end + 100))?.[1]
      // The address in the same line shows the family of the socket.
      const family = /^.*\bsa_family=AF_(\w+)/s.exec(text.slice(Math.max(before, line), at))?.[1]?.toLowerCase()
      const control = assemble(value, said === undefined ? undefined : Number(said), abi, lacking)
      controls.push({ control, family: families.find((name) => name === family), call })
      before = end
    } catch (error) {
      failures.push({ call, error })
      before = nextBuffer(text, at)
    }
  }
  if (controls.length === 0 && failures.length > 0) throw failures[0]!.error
  for (const { call, error } of failures) {
    unread(`${call === undefined ? '' : `${call}: `}${error instanceof Error ? error.message : String(error)}`)
  }
  if (controls.length > 0) return controls
  if (/msg_control=0x|msg_control=\[?\{?\.\.\./.test(text)) {
    throw unreadable('strace did not print the control messages, only their address: the call failed, or strace cut the output short')
  }
  if (!calls.test(text)) {
    throw unreadable('the output of strace contains no call that has control messages: '
      + 'trace with -f -e trace=sendmsg,recvmsg,sendmmsg,recvmmsg')
  }
  throw unreadable('the output of strace contains no control messages: msg_controllen is 0, or the call failed')
}

/** The calls that have control messages. */
const calls = /\b(sendmsg|recvmsg|sendmmsg|recvmmsg)(?:\((\d+)| resumed)/

/** Returns `recvmsg(3)`, after the process if several were traced: from the part of the line before the control messages. */
function callOf(line: string): string | undefined {
  const [, call, fd] = calls.exec(line) ?? []
  const pid = /^\s*(?:\[pid\s+(\d+)\]|(\d+)\s)/.exec(line)?.slice(1).find((one) => one !== undefined)
  return call === undefined ? undefined : `${pid === undefined ? '' : `pid ${pid} `}${call}${fd === undefined ? '' : `(${fd})`}`
}

/** Returns the position of the next control buffer: in the same line, of the next message of sendmmsg or recvmmsg. */
function nextBuffer(text: string, from: number): number {
  const pattern = /\n|\bmsg_control=/g
  pattern.lastIndex = from
  return pattern.exec(text)?.index ?? text.length
}

function start(text: string, from: number): number {
  const pattern = /\[?\{cmsg_len=/g
  pattern.lastIndex = from
  return pattern.exec(text)?.index ?? -1
}

/** The deepest nesting of brackets: strace prints fewer than ten levels. */
const maxDepth = 100

class Reader {
  readonly #text: string
  #at: number
  #depth = 0
  readonly #interfaceIndex: Surroundings['interfaceIndex']

  constructor(text: string, at: number, interfaceIndex: Surroundings['interfaceIndex']) {
    this.#text = text
    this.#at = at
    this.#interfaceIndex = interfaceIndex
  }

  /** The list of control messages, or a single one, and the position after it. */
  list(): { value: readonly Value[]; end: number } {
    const value = this.#value()
    return { value: 'items' in value ? value.items : [value], end: this.#at }
  }

  #took(pattern: RegExp): RegExpExecArray | undefined {
    const sticky = new RegExp(pattern, 'y')
    sticky.lastIndex = this.#at
    const found = sticky.exec(this.#text)
    if (found !== null) this.#at += found[0].length
    return found ?? undefined
  }

  #until(end: RegExp, each: () => void): void {
    while (this.#took(end) === undefined) {
      if (this.#took(/\.\.\./) !== undefined) throw unreadable('strace cut the output short: trace with -e abbrev=none -s 4096')
      each()
      this.#took(/\s*,\s*/)
    }
  }

  #value(): Value {
    if (this.#depth >= maxDepth) throw unreadable(`cannot read what strace printed: it is nested too deeply, over ${maxDepth} levels`)
    this.#depth++
    try {
      return this.#anyValue()
    } finally {
      this.#depth--
    }
  }

  #anyValue(): Value {
    if (this.#took(/\{/)) {
      const fields = new Map<string, Value>()
      // A function that fills in an argument has no field name: inet_pton(AF_INET6, "::1", &sin6_addr).
      this.#until(/\}/, () => {
        const name = this.#took(/(\w+)=/)?.[1]
        const value = this.#value()
        fields.set(name ?? ('call' in value ? lastWord(value.args) : String(fields.size)), value)
      })
      return this.#rest({ fields })
    }
    if (this.#took(/\[/)) {
      const items: Value[] = []
      this.#until(/\]/, () => { items.push(this.#value()) })
      return this.#rest({ items })
    }
    const literal = this.#took(/"(?:[^"\\]|\\[^])*"(\.\.\.)?/)
    if (literal !== undefined) {
      if (literal[1] !== undefined) throw unreadable('strace cut the output short: trace with -e abbrev=none -s 4096')
      return this.#rest({ bytes: fromString(literal[0]) })
    }
    const call = this.#took(/(\w+)\(/)?.[1]
    if (call !== undefined) {
      const args: Value[] = []
      this.#until(/\)/, () => { args.push(this.#value()) })
      return this.#rest(call === 'if_nametoindex' ? { word: String(this.#indexOf(args[0])) } : { call, args })
    }
    const word = this.#took(/[^\s,=\]})<]+/)?.[0]
    if (word === undefined) throw unreadable(`cannot read what strace printed, at ${excerpt(this.#text.slice(this.#at))}`)
    return this.#rest({ word })
  }

  /** The index of a network interface: strace shows its name. */
  #indexOf(name: Value | undefined): number {
    const text = name !== undefined && 'bytes' in name ? latin1(name.bytes) : ''
    const index = this.#interfaceIndex(text)
    if (index !== undefined) return index
    throw unreadable(`strace printed the name of a network interface, ${excerpt(text)}, which this machine does not have: `
      + 'trace with -X raw to print its number')
  }

  /** Skips text that may follow a value: its meaning, a descriptor's path (-y), and the value after the call. */
  #rest(value: Value): Value {
    this.#took(/<(?:[^>"]|"[^"]*")*>/)
    this.#took(/\s*\/\*.*?\*\//)
    return this.#took(/\s*=>\s*/) === undefined ? value : this.#value()
  }
}

const lastWord = (args: readonly Value[]): string => {
  const last = args.at(-1)
  return last !== undefined && 'word' in last ? last.word.replace(/^&/, '') : ''
}

/** The longest control buffer, in bytes, unless a call names a shorter one: the default of net.core.optmem_max. */
const maxControl = 2 ** 17

/** A control message within its buffer. */
interface Part { readonly at: number; readonly length: bigint; readonly level: number; readonly type: number; readonly payload: Uint8Array }

/** Lays out the messages in a buffer of `said` bytes, which is msg_controllen, if strace printed it. */
function assemble(messages: readonly Value[], said: number | undefined, abi: Abi, lacking: (message: string) => void): Uint8Array {
  const header = cmsghdrOf(abi)
  const limit = Math.min(said ?? maxControl, maxControl)
  const parts: Part[] = []
  let size = 0
  for (const message of messages) {
    if (limit < size + header.size) {
      throw unreadable(said === undefined ? `the control messages are longer than any control buffer, ${maxControl} bytes`
        : `msg_controllen ${said} has no room for the header of a control message at ${size}: another --target?`)
    }
    const part = { at: size, ...partOf(message, size, limit, said !== undefined, abi, lacking) }
    parts.push(part)
    size += CMSG_SPACE(part.payload.length, abi)
    // The kernel reads nothing after a cmsg_len that is too large.
    if (part.length > limit - part.at) break
  }
  const last = parts.at(-1)
  // The last message may lack its padding: the kernel stops at the end of the buffer.
  const least = last === undefined ? 0 : last.at + header.size + last.payload.length
  const control = new Uint8Array(said !== undefined && said >= least && said < size ? said : size)
  const view = viewOf(control)
  for (const { at, length, level, type, payload } of parts) {
    writeCmsghdr(view, at, 0, level, type, header)
    writeLength(view, at + header.cmsg_len, length, abi)
    control.set(payload, at + header.size)
  }
  return control
}

/** Writes cmsg_len in full: a wrong one may have more digits than a number can. */
function writeLength(view: DataView, at: number, length: bigint, { wordSize, littleEndian }: Abi): void {
  if (wordSize === 8) view.setBigUint64(at, length, littleEndian)
  else view.setUint32(at, Number(length), littleEndian)
}

/**
 * Reads a control message. If its cmsg_len is more than the rest of the buffer, it keeps that cmsg_len, so that the mistake is shown,
 * and its payload is the rest of the buffer.
 */
function partOf(
  message: Value, at: number, limit: number, hasLimit: boolean, abi: Abi, lacking: (message: string) => void,
): Omit<Part, 'at'> {
  const header = cmsghdrOf(abi)
  const fields = 'fields' in message ? message.fields : new Map<string, Value>()
  const [length, level, type] = ['cmsg_len', 'cmsg_level', 'cmsg_type'].map((name) => {
    const value = fields.get(name)
    if (value === undefined) throw unreadable(`cannot read what strace printed: a control message without ${name}`)
    return scalar(value)
  }) as [bigint, bigint, bigint]
  if (length < header.size || length >= 2n ** BigInt(8 * abi.wordSize)) {
    throw unreadable(`a control message of cmsg_len ${length} ${length < header.size
      ? `is shorter than its header of ${header.size} bytes` : `does not fit its ${count(abi.wordSize, 'byte')}`} on ${abi.target}: `
      + 'another --target?')
  }
  const isBroken = length > limit - at
  if (isBroken && !hasLimit) {
    throw unreadable(`a control message of cmsg_len ${length} is longer than any control buffer, ${maxControl} bytes, `
      + 'and strace printed no msg_controllen')
  }
  const size = (isBroken ? limit - at : Number(length)) - header.size
  const data = fields.get('cmsg_data')
  if (data === undefined && size > 0) {
    lacking(`strace printed no data for level ${level}, type ${type}: its ${count(size, 'byte')} are shown as zeros`)
  }
  const printed = data === undefined ? new Uint8Array(size) : encode(data, size, abi)
  if (printed.length < size && !isBroken) {
    throw unreadable(`strace printed ${printed.length} of the ${count(size, 'byte')} of a control message: another --target?`)
  }
  const payload = new Uint8Array(size)
  payload.set(printed.subarray(0, size))
  return { length, level: Number(level), type: Number(type), payload }
}

/** A payload of `size` bytes. */
function encode(value: Value, size: number, abi: Abi): Uint8Array {
  if ('bytes' in value) return value.bytes
  if ('fields' in value) return encodeStruct(value.fields, size, abi)
  if ('items' in value) {
    const each = size / value.items.length
    return Uint8Array.from(value.items.flatMap((item) => [...encode(item, each, abi)]))
  }
  return encodeInteger(scalar(value), size, abi)
}

function encodeInteger(value: bigint, size: number, { littleEndian }: Abi): Uint8Array {
  if (!Number.isInteger(size) || size < 0 || size > 8) throw unreadable(`cannot tell how ${value} fills ${count(size, 'byte')}`)
  const bytes = Uint8Array.from({ length: size }, (_, i) => Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 0xffn))
  return littleEndian ? bytes : bytes.reverse()
}

/** Finds a struct by the names of its fields, and by its size if two structs have the same names. */
function encodeStruct(fields: ReadonlyMap<string, Value>, size: number, abi: Abi): Uint8Array {
  if (fields.has('sa_family')) return encodeSockaddr(fields)
  // strace prints the sender of an error after the error.
  const { offender, ...own } = Object.fromEntries(fields)
  const behind = offender === undefined || !('fields' in offender) ? new Uint8Array(0) : encodeStruct(offender.fields, 0, abi)
  const names = Object.keys(own)
  const candidates = (Object.values(structs) as AnyStruct[]).map((struct) => struct.for(abi))
    .filter((struct) => names.every((name) => name in struct.fields))
    .sort((a, b) => Object.keys(a.fields).length - Object.keys(b.fields).length)
  const struct = candidates.find((struct) => struct.size + behind.length === size) ?? candidates[0]
  if (struct === undefined) throw unreadable(`cannot tell which struct has the fields ${names.join(', ')}`)
  const bytes = new Uint8Array(struct.size + behind.length)
  for (const [name, value] of Object.entries(own)) {
    const { offset, size, type } = struct.fields[name]!
    const big = typeof type === 'string' && type.endsWith('be')
    bytes.set('items' in value || 'bytes' in value || 'fields' in value ? encode(value, size, abi)
      : network(value) ?? encodeInteger(scalar(value), size, big ? { ...abi, littleEndian: false } : abi), offset)
  }
  bytes.set(behind, struct.size)
  return bytes
}

/** Functions by which strace marks values in network order. */
function network(value: Value): Uint8Array | undefined {
  if (!('call' in value) || (value.call !== 'inet_addr' && value.call !== 'inet_pton')) return undefined
  const address = ipOf(value)
  const name = encodeAddress({ address, port: 0 })
  const { offset, size } = address.includes(':') ? structs.sockaddr_in6.fields.sin6_addr : structs.sockaddr_in.fields.sin_addr
  return name.subarray(offset, offset + size)
}

function encodeSockaddr(fields: ReadonlyMap<string, Value>): Uint8Array {
  const number = (name: string): number => { const value = fields.get(name); return value === undefined ? 0 : Number(scalar(value)) }
  const host = fields.get('sin_addr') ?? fields.get('sin6_addr')
  if (host === undefined) throw unreadable('cannot read an address that is neither IPv4 nor IPv6')
  const address: AddressLike = fields.has('sin_port') ? { address: ipOf(host), port: number('sin_port') }
    : { address: ipOf(host), port: number('sin6_port'), scopeId: number('sin6_scope_id'), flowinfo: number('sin6_flowinfo') }
  return encodeAddress(address)
}

function ipOf(value: Value): string {
  const text = 'call' in value ? value.args.find((argument) => 'bytes' in argument) : undefined
  if (text === undefined || !('bytes' in text)) throw unreadable('cannot read an address that strace did not print')
  return latin1(text.bytes)
}

/** Reads a number in any notation: `28`, `0x1c`, `SOL_SOCKET`, `MSG_PEEK|MSG_TRUNC`, `htons(53)`, `1<<3`. */
function scalar(value: Value): bigint {
  if ('items' in value && value.items.length === 1) return scalar(value.items[0]!)
  if ('call' in value) {
    if (value.call === 'makedev' || value.args.length === 0) throw unreadable(`cannot read ${value.call}() as a number`)
    return scalar(value.args[0]!)
  }
  if (!('word' in value)) throw unreadable('cannot read what strace printed as a number')
  return value.word.split('|').reduce((bits, word) => bits | number(word), 0n)
}

const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')

function number(word: string): bigint {
  const [, base, shift] = /^(\d{1,20})<<(\d{1,2})$/.exec(word) ?? []
  if (base !== undefined) return BigInt(base) << BigInt(shift!)
  if (/^-?(0x[0-9a-f]{1,32}|\d{1,32})$/i.test(word)) {
    return word.startsWith('-') ? -BigInt(word.slice(1)) : BigInt(/^0[0-7]+$/.test(word) ? `0o${word}` : word)
  }
  // The kernel's names of the old timestamp layouts have a suffix, those of C do not.
  for (const name of [
    word, word.replace(/_OLD$/, ''), word.replace(/^SO_/, 'SCM_'), word.replace(/^SO_(.*)_OLD$/, 'SCM_$1'), word.replace(/^SCM_/, 'SO_'),
  ]) {
    if (Object.hasOwn(constants, name)) return BigInt(constants[name as keyof typeof constants] as number)
  }
  throw unreadable(`${excerpt(word).slice(1, -1)} is not among the constants that are known here`)
}
