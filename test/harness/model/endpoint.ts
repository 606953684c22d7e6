/**
 * A socket as the model sees it: who waits on it, in which order, and what each of them got.
 * @module
 */
import type { Message, MessageSocket, OwnedFd, SocketType } from '../../../src/index.ts'
import { credentials, Pidfd, pidfd, rights } from '../../../src/index.ts'
import { violated, type Arrival, type Channel } from './channel.ts'
import { referenceOf } from './files.ts'
import type { Held, World } from './world.ts'

export type Kinds = typeof credentials | typeof rights | typeof pidfd
export type Socket = MessageSocket<Kinds>
export type Received = Message<Kinds>

/** Methods that today's sockets have not got. */
export interface Newer {
  detach?(): { readonly fd: OwnedFd; readonly messages: Received[] }
  flush?(options?: { signal?: AbortSignal | undefined }): Promise<void>
  messages?(options?: { dispose?: boolean; signal?: AbortSignal }): AsyncIterableIterator<Received>
  readonly bufferedAmount?: number
}
export const newer = (socket: Socket): Newer => socket as unknown as Newer

/** A call that receives. */
export interface Op {
  readonly what: string
  readonly peek: boolean
  readonly socket: Socket
  state: 'waiting' | 'got' | 'ended' | 'failed'
  arrivals: { readonly arrival: Arrival; readonly from: Channel }[]
  /** Its signal was aborted, or its iterator was returned: it has to settle, whatever comes. */
  called: 'abort' | 'return' | undefined
  reason: unknown
  /** Its message may have been disposed of by its iterator before anybody saw it. */
  overlapped: boolean
}

export interface Receives {
  readonly credentials: boolean
  readonly rights: boolean
  readonly pidfd: boolean
}

let lookAtPid = 0

export class Endpoint {
  readonly name: string
  readonly world: World
  readonly type: SocketType
  readonly receives: Receives
  /** `undefined` until it is accepted. */
  socket: Socket | undefined
  readonly incoming: Channel[] = []
  readonly outgoing: Channel[] = []
  /** Calls that receive, in their order, from the first whose result has not been judged. */
  #ops: Op[] = []
  closed = false
  /** A stream or seqpacket socket whose peer has closed: then the end comes. A datagram socket that is connected to nobody: sends fail. */
  peerClosed = false
  /** The peer closed while messages to it were unread: ECONNRESET may be reported, once. */
  resets = 0
  /** A message can be sent to it without being told where. */
  readonly connected: boolean
  /** How messages to it are addressed, where they are. */
  address: string | Record<string, unknown> | undefined
  addressKey = ''

  constructor(world: World, name: string, type: SocketType, receives: Receives, connected: boolean, socket?: Socket) {
    this.world = world
    this.name = name
    this.type = type
    this.receives = receives
    this.connected = connected
    this.socket = socket
  }

  get open(): boolean {
    return !this.closed && this.socket !== undefined
  }

  get packets(): boolean {
    return this.type !== 'stream'
  }

  get waiting(): readonly Op[] {
    return this.#ops.filter(({ state }) => state === 'waiting')
  }

  get undecided(): number {
    return this.#ops.length
  }

  /** Begin a call that receives. */
  op(what: string, peek = false, socket: Socket = this.socket!): Op {
    const op: Op = {
      what: `${this.name}.${what}`, peek, socket, state: 'waiting', arrivals: [], called: undefined, reason: undefined, overlapped: false,
    }
    this.#ops.push(op)
    this.world.trace(op.what)
    return op
  }

  /** It never began, or it took nothing. */
  drop(op: Op): void {
    this.#ops = this.#ops.filter((other) => other !== op)
  }

  /** A call has given messages. */
  got(op: Op, messages: readonly Received[]): Held[] {
    const held = messages.map((message) => this.#take(op, message))
    op.state = 'got'
    this.world.trace(`  ${op.what} got ${op.arrivals.map(({ arrival }) => shown(arrival)).join('; ')}`)
    this.advance()
    return held
  }

  ended(op: Op): void {
    op.state = 'ended'
    this.world.trace(`  ${op.what} ended`)
    if (this.closed || op.socket !== this.socket) return
    if (this.type === 'datagram' || !this.peerClosed) violated(`${op.what} ended, but the peer has not closed`)
    if (!op.socket.ended) violated(`${op.what} ended, but \`ended\` of the socket is false`)
    this.advance()
  }

  /** A call was rejected, or threw. */
  failed(op: Op, error: unknown): void {
    op.state = 'failed'
    this.world.trace(`  ${op.what} failed: ${String(error)}`)
    const { code, errno, syscall } = error as { code?: string; errno?: number; syscall?: string }
    if (op.called === 'abort' && error === op.reason) this.world.count.aborts++
    else if (code === 'ERR_CMSG_CLOSED' && (this.closed || op.socket !== this.socket)) { /* as it must */ }
    else if (code === 'ECONNRESET' && this.resets > 0 && errno !== undefined && syscall === 'recvmsg') this.resets--
    else violated(`${op.what} failed with ${String(error)}`)
    this.advance()
  }

  #take(op: Op, message: Received): Held {
    const { receives } = this
    const owned: { fd: number; reference: string; handle: OwnedFd }[] = []
    const own = (handle: OwnedFd): string => {
      if (!handle.owned) {
        if (!op.overlapped) violated(`${op.what} gave a descriptor that was closed already`)
        return 'closed'
      }
      const reference = referenceOf(handle.fd)
      owned.push({ fd: handle.fd, reference, handle })
      return reference
    }
    const files = receives.rights ? (message.get(rights) ?? []).map(own) : []
    if (receives.pidfd) {
      const process = message.get(pidfd)
      if (!(process instanceof Pidfd)) violated(`${op.what} gave a message without a pidfd: ${String(process)}`)
      else {
        own(process)
        if (process.owned && lookAtPid++ % 16 === 0 && process.pid !== globalThis.process.pid) {
          violated(`${op.what} gave a pidfd of process ${process.pid}`)
        }
      }
    }
    const from = this.#from(message)
    const arrival: Arrival = {
      data: message.data, files, credentials: receives.credentials ? message.get(credentials) : undefined,
      truncated: message.truncated, controlTruncated: message.controlTruncated, peek: op.peek,
      length: this.packets && 'length' in message ? message.length as number : undefined,
    }
    op.arrivals.push({ arrival, from })
    const { count } = this.world
    count.messages++
    count.descriptors += owned.length
    return this.world.hold(message, owned)
  }

  #from(message: Received): Channel {
    if (this.incoming.length === 1) return this.incoming[0]!
    const key = JSON.stringify(message.address)
    return this.incoming.find(({ from }) => from.addressKey === key)
      ?? violated(`${this.name} received a message from ${key}, which nobody has for an address`)
  }

  /** Judge the results of those whose predecessors have theirs. */
  advance(): void {
    if (this.world.unsafe > 0) return
    while (this.#ops.length > 0 && this.#ops[0]!.state !== 'waiting') {
      const op = this.#ops.shift()!
      for (const { arrival, from } of op.arrivals) from.arrive(arrival)
      if (op.state !== 'ended' || this.closed || op.socket !== this.socket) continue
      const left = this.incoming[0]?.certain
      if (left !== undefined) violated(`${op.what} reported the end, but ${left} has not arrived`)
    }
  }

  /** Why the socket cannot be left alone yet: somebody has to be served, or rejected. */
  blocked(): string | undefined {
    const [first] = this.#ops
    if (first === undefined) return undefined
    if (first.state !== 'waiting') return `${first.what} has not been judged`
    const called = this.#ops.find(({ state, called }) => state === 'waiting' && called !== undefined)
    if (called !== undefined) return `${called.what} still waits after its ${called.called}`
    const stale = this.#ops.find(({ state, socket }) => state === 'waiting' && (this.closed || socket !== this.socket))
    if (stale !== undefined) return `${stale.what} still waits on a socket that is closed`
    const later = this.#ops.find(({ state }) => state === 'got')
    if (later !== undefined) return `${later.what} was served before ${first.what}, which still waits`
    const message = this.incoming.map((channel) => channel.due).find((message) => message !== undefined)
    if (message !== undefined) return `${first.what} still waits while ${message} is on its way`
    if (this.peerClosed && this.type !== 'datagram') return `${first.what} still waits although the peer has closed`
    return undefined
  }

  /** A call that must not wait found nothing: it is wrong if something is there, or if the end was not told. */
  foundNothing(what: string): void {
    if (this.world.unsafe > 0 || this.#ops.length > 0) return
    for (const channel of this.incoming) {
      const { certain } = channel
      if (certain !== undefined) violated(`${this.name}.${what} found nothing, but ${certain} has been sent`)
    }
  }
}

const shown = ({ data, files }: Arrival): string =>
  `${data.length} bytes${data.length >= 4 ? ` #${data.readUInt32BE(0)}` : ''}${files.length > 0 ? ` and ${files.length} descriptors` : ''}`
