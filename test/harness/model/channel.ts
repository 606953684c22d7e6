/**
 * One direction between two sockets: what was sent, and what of it must still arrive, in which order.
 * @module
 */
import { readFileSync } from 'node:fs'
import type { Credentials } from '../../../src/index.ts'
import type { Endpoint } from './endpoint.ts'
import { idSize, type Outgoing } from './outgoing.ts'

/**
 * Messages and bytes that certainly fit into the queue of a socket that has no more; `own`, the size of one of them. Of a
 * stream fewer bytes: a buffer of the kernel's that was read in part keeps all of its memory, up to 37 KiB, and there is room
 * only while a quarter of the send buffer, 52 KiB, is taken.
 */
export const roomy = {
  messages: Math.min(8, Number(readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'latin1')) - 1), bytes: 32 << 10, streamBytes: 4 << 10,
  own: 100 << 10,
}

/** What one receive gave. */
export interface Arrival {
  readonly data: Buffer
  readonly files: readonly string[]
  readonly credentials: Credentials | undefined
  readonly truncated: boolean
  readonly controlTruncated: boolean
  readonly length: number | undefined
  readonly peek: boolean
}

export class Violation extends Error {
  override name = 'Violation'
}
export const violated = (text: string): never => { throw new Violation(text) }

const ours = { pid: process.pid, uid: process.geteuid!(), gid: process.getegid!() }
export const ownCredentials: Credentials = ours

const sameCredentials = (a: Credentials, b: Credentials | undefined): boolean =>
  b !== undefined && a.pid === b.pid && a.uid === b.uid && a.gid === b.gid

export abstract class Channel {
  readonly from: Endpoint
  readonly to: Endpoint
  /** In the order of the calls that sent them. */
  readonly messages: Outgoing[] = []
  /** The first that has neither arrived nor been passed over. */
  protected next = 0

  constructor(from: Endpoint, to: Endpoint) {
    this.from = from
    this.to = to
  }

  /** What a read, in its turn, took or looked at. */
  abstract arrive(arrival: Arrival): void
  /** No more reads come: what could not be decided has to be. */
  abstract settle(): void

  /** What was shown of what comes next may be shown to nobody any more. */
  forgetPeeks(): void {}

  /** The first message that the kernel or the sender's queue still has. */
  get awaited(): Outgoing | undefined {
    for (let i = this.next; i < this.messages.length; i++) if (this.messages[i]!.awaited) return this.messages[i]
    return undefined
  }

  /** The first that has to arrive if somebody receives: what waits to be sent may be held up by what others have not read of its sender. */
  get due(): Outgoing | undefined {
    const held =
      this.from.outgoing.some((other) => other !== this && !other.to.closed && other.load.bytes + 1024 * other.load.messages > roomy.bytes)
    return held ? this.certain : this.awaited
  }

  /** The first that certainly waits to be received. */
  get certain(): Outgoing | undefined {
    for (let i = this.next; i < this.messages.length; i++) {
      const message = this.messages[i]!
      if (message.fate === 'sent' && !message.arrived) return message
    }
    return undefined
  }

  /** What may wait to be received, or be on its way: how many messages, bytes and descriptors. */
  get load(): { messages: number; bytes: number; files: string[] } {
    const load = { messages: 0, bytes: 0, files: [] as string[] }
    for (let i = this.next; i < this.messages.length; i++) {
      const message = this.messages[i]!
      if (message.arrived || message.fate === 'void') continue
      load.messages++
      load.bytes += message.data.length - message.matched
      if (message.matched === 0) load.files.push(...message.files)
    }
    return load
  }

  get pending(): boolean {
    return this.messages.some(({ fate }) => fate === 'pending')
  }

  /** What has not arrived may be lost from now on, all of it from some message on. */
  lose(): void {
    this.forgetPeeks()
    for (const message of this.messages.slice(this.next)) {
      if (message.arrived) continue
      if (message.fate === 'sent') message.fate = 'maybe'
      // Its sender has not heard yet that it was sent.
      else message.dropped = true
    }
  }

  /** Pass over a message, because one behind it arrived. */
  protected passOver(message: Outgoing, by: string): void {
    if (message.arrived) violated(`${by} arrived behind ${message}, which it was sent before`)
    if (message.fate === 'sent') violated(`${by} arrived, but ${message}, sent before it, did not`)
    if (message.fate === 'pending') message.overtaken = true
    if (message.group !== undefined) message.group.broken = true
  }

  protected checkControl(what: string, arrival: Arrival, files: readonly string[], senders: readonly Credentials[]): void {
    const { receives, to } = { receives: this.to.receives, to: this.to.name }
    if (receives.credentials) {
      for (const sender of senders) {
        if (sameCredentials(sender, arrival.credentials)) continue
        violated(`${what} arrived at ${to} from ${JSON.stringify(arrival.credentials)} instead of ${JSON.stringify(sender)}`)
      }
    }
    const expected = receives.rights ? files : []
    if (arrival.files.join() !== expected.join()) {
      violated(`${what} arrived at ${to} with the descriptors [${arrival.files.join(', ')}] instead of [${expected.join(', ')}]`)
    }
    const cut = !receives.rights && files.length > 0
    if (arrival.controlTruncated !== cut) {
      violated(`${what} arrived at ${to} with controlTruncated ${arrival.controlTruncated} instead of ${cut}`)
    }
  }
}

export class PacketChannel extends Channel {
  /** Looks at the message that is next, until it is taken. */
  #peeks: Arrival[] = []

  arrive(arrival: Arrival): void {
    if (arrival.peek) {
      this.#peeks.push(arrival)
      return
    }
    const message = this.#find(arrival)
    if (message.group?.broken === true) violated(`${message} arrived, but one before it of the same sendMany did not`)
    message.arrived = true
    for (const peek of this.#peeks.splice(0)) {
      if (!this.#fits(message, peek)) violated(`a peek at ${this.to.name} showed ${show(peek)}, but the next message was ${message}`)
      this.#check(`a look at ${message}`, message, peek)
    }
    this.#check(`${message}`, message, arrival)
  }

  override forgetPeeks(): void {
    this.#peeks = []
  }

  #check(what: string, message: Outgoing, arrival: Arrival): void {
    const cut = arrival.data.length < message.data.length
    const { name } = this.to
    if (arrival.truncated !== cut) {
      violated(`${what} arrived at ${name} with truncated ${arrival.truncated} and ${arrival.data.length} bytes`)
    }
    if (arrival.length !== undefined && arrival.length !== message.data.length) {
      violated(`${what} arrived at ${name} with the length ${arrival.length} instead of ${message.data.length}`)
    }
    this.checkControl(what, arrival, message.files, [message.credentials])
  }

  #fits(message: Outgoing, { data, truncated }: Arrival): boolean {
    if (data.length !== message.data.length && !(truncated && data.length < message.data.length)) return false
    return data.equals(message.data.subarray(0, data.length))
  }

  #find(arrival: Arrival): Outgoing {
    const passed: Outgoing[] = []
    for (let i = this.next; i < this.messages.length; i++) {
      const message = this.messages[i]!
      if (message.fate === 'void') continue
      if (this.#fits(message, arrival)) {
        for (const one of passed) this.passOver(one, `${message}`)
        this.next = i + 1
        return message
      }
      passed.push(message)
    }
    const same = this.messages.filter((message) => message.data.length > 0 && this.#fits(message, arrival))
    const but = same.length === 0 ? 'no such message was sent' : `that is ${same.join(' or ')}`
    const next = this.messages[this.next] ?? 'nothing'
    return violated(`${this.to.name} received ${show(arrival)} from ${this.from.name}, but ${but}; next is ${next}`)
  }

  settle(): void {
    const message = this.certain
    for (const peek of this.#peeks.splice(0)) {
      if (message !== undefined && !this.#fits(message, peek)) {
        violated(`a peek at ${this.to.name} showed ${show(peek)}, but next is ${message}`)
      }
    }
  }
}

const show = ({ data, truncated }: Arrival): string => {
  const beginning = data.length >= idSize ? ` that begin like message #${data.readUInt32BE(0)}` : ''
  return `${data.length} bytes${beginning}${truncated ? ' (truncated)' : ''}`
}

interface Read {
  readonly start: number
  readonly end: number
  readonly arrival: Arrival
}

export class StreamChannel extends Channel {
  /** Bytes taken by reads, and bytes of them that are known to belong to a message. */
  #taken = 0
  #matched = 0
  #unmatched: Buffer = Buffer.alloc(0)
  #reads: Read[] = []

  arrive(arrival: Arrival): void {
    const start = this.#taken
    const end = start + arrival.data.length
    this.#reads.push({ start, end, arrival })
    if (arrival.peek) return
    this.#taken = end
    this.#unmatched = this.#unmatched.length === 0 ? arrival.data : Buffer.concat([this.#unmatched, arrival.data])
    this.#match(false)
  }

  /** Tell which messages the bytes belong to, as far as it is certain. */
  #match(final: boolean): void {
    while (this.#unmatched.length > 0) {
      const message = this.messages[this.next]
      if (message === undefined) {
        return violated(`${this.to.name} received ${this.#unmatched.length} bytes from ${this.from.name} that nobody sent`)
      }
      if (message.matched === 0 && message.fate !== 'sent') {
        const known = Math.min(idSize, this.#unmatched.length)
        const fits = message.fate !== 'void' && this.#unmatched.subarray(0, known).equals(message.data.subarray(0, known))
        if (!fits) {
          if (message.fate !== 'void') this.passOver(message, `what was sent behind ${message}`)
          this.next++
          continue
        }
        // Too little to tell it from the one behind it.
        if (known < idSize && !final) break
      }
      const count = Math.min(this.#unmatched.length, message.data.length - message.matched)
      if (!this.#unmatched.subarray(0, count).equals(message.data.subarray(message.matched, message.matched + count))) {
        const begins = this.#unmatched.length >= idSize ? `, they begin like message #${this.#unmatched.readUInt32BE(0)}` : ''
        violated(`${this.to.name} received bytes that differ from those of ${message} at ${message.matched}${begins}`)
      }
      if (message.matched === 0) {
        if (message.group?.broken === true) violated(`${message} arrived, but one before it of the same sendMany did not`)
        message.start = this.#matched
      }
      message.matched += count
      this.#matched += count
      this.#unmatched = this.#unmatched.subarray(count)
      if (message.matched === message.data.length) {
        message.arrived = true
        this.next++
      }
    }
    this.#reads = this.#reads.filter((read) => {
      if (read.end > this.#matched) return true
      this.#verify(read)
      return false
    })
  }

  /** Whether a read was right, now that it is known which messages its bytes belong to. */
  #verify({ start, end, arrival }: Read): void {
    const its = this.messages.filter((message) => message.start >= 0 && message.start < end && message.start + message.matched > start)
    const what = `a ${arrival.peek ? 'look' : 'read'} of ${arrival.data.length} bytes of ${its.join(', ')}`
    if (arrival.peek) {
      const bytes = Buffer.concat(its.map(({ data, start: at }) => data.subarray(Math.max(0, start - at), end - at)))
      if (!bytes.equals(arrival.data)) violated(`${what} showed other bytes than those that came`)
    }
    const files = its.filter(({ start: at }) => at >= start).flatMap((message) => message.files)
    const seen = arrival.peek && files.length === 0 && (arrival.files.length > 0 || arrival.controlTruncated)
      ? this.#filesBehind(its.at(-1)!, arrival.files)
      : files
    this.checkControl(what, arrival, seen, its.map(({ credentials }) => credentials))
  }

  /** Linux shows to a peek that is full the descriptors of what is behind it, too: of the next message that went and has any. */
  #filesBehind(last: Outgoing, seen: readonly string[]): readonly string[] {
    const behind = this.messages.slice(this.messages.indexOf(last) + 1).filter(({ fate, files }) => fate !== 'void' && files.length > 0)
    const candidates = behind.slice(0, behind.findIndex(({ fate }) => fate === 'sent') + 1 || behind.length)
    return (candidates.find(({ files }) => files.join() === seen.join()) ?? candidates[0])?.files ?? []
  }

  settle(): void {
    this.#match(true)
    this.#reads = []
  }
}
