/**
 * Assembles the parts of one socket, and takes them apart when it closes.
 * @module
 */
import { dispose } from '../dispose.ts'
import { constants } from '../../generated/constants.ts'
import { intSize } from '../abi/scalars.ts'
import { structs } from '../abi/structs.ts'
import { familyOf } from '../address/address.ts'
import { builtins } from '../control/catalogue.ts'
import type { AnyControlMessage, Family } from '../control/define.ts'
import { credentials } from '../control/kinds/socket.ts'
import { backlog, closed, unsupported } from '../errors.ts'
import { setsockopt } from '../libc/options.ts'
import * as libc from '../libc/sockets.ts'
import { hasPeekOffset } from '../native/peek-offset.ts'
import * as sys from '../native/syscalls.ts'
import { keepProcessAlive, letProcessEnd } from '../readiness/poller.ts'
import { Registration } from '../readiness/registration.ts'
import { closeMayBlock } from './close-may-block.ts'
import { hasErrorQueue, hasFastOpen, hasUrgentData } from './flags.ts'
import { SocketDescriptor } from './socket-descriptor.ts'
import type { SocketFile } from './file/remove.ts'
import type { ControlSize } from './options/control-size.ts'
import { enableKinds } from './options/setup.ts'
import { familyName } from './options/options.ts'
import { Connector, endOfConnection } from './connector.ts'
import { isConnectionless, Target } from './target.ts'
import { Traffic } from './traffic.ts'
import { mayHavePlaceholders } from './receiving/credentials.ts'
import { contextOf, descriptorCount, type AnyMessage, type MessageContext } from './receiving/message.ts'
import { PacketMark } from './receiving/packet-mark.ts'
import type { MessageSource, Reader } from './receiving/reader.ts'
import { DatagramReader } from './receiving/readers/datagram.ts'
import { ErrorsReader } from './receiving/readers/errors.ts'
import { ListenerReader } from './receiving/readers/listener.ts'
import { SeqpacketReader } from './receiving/readers/seqpacket.ts'
import { StreamReader } from './receiving/readers/stream.ts'
import { UrgentReader } from './receiving/readers/urgent.ts'
import { Receiver } from './receiving/receiver.ts'
import type { ReceiveRequest } from './receiving/request.ts'
import { reachablePeerOf, resolved } from './sending/names.ts'
import type { SendingSocket } from './sending/outgoing.ts'
import { Sender } from './sending/sender.ts'
import { Transmitter } from './sending/transmit.ts'
import { Writable, type WritableListener } from './sending/writable.ts'

const {
  AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, SOCK_STREAM, SOCK_SEQPACKET, IPPROTO_SCTP, SOL_SOCKET, SO_OOBINLINE,
  SCM_MAX_FD, EPOLLIN, EPOLLPRI, EPOLLERR, EPOLLRDHUP,
  MSG_OOB, MSG_ERRQUEUE, F_GETFL, F_SETFL, O_NONBLOCK,
} = constants

/** The facts known about a socket when it is created. */
export interface Facts {
  readonly family: number
  readonly type: number
  /** `IPPROTO_*`, if it is known. */
  readonly protocol: number | undefined
  readonly definitions: readonly AnyControlMessage[]
  readonly messageSize: number
  /** The socket was created elsewhere: messages may have been queued before it asked for any control messages. */
  readonly adopted: boolean
  /** The number of messages it may take from the kernel beyond those that were asked for; undefined for the default. */
  readonly readAhead: number | undefined
  /** Refuses or allows descriptors (SO_PASSRIGHTS); undefined to leave the option unchanged. */
  readonly passRights: boolean | undefined
  /** SO_PASSCRED was already on when it was adopted, or accepted. True if absent: it was on before the socket could be reached. */
  readonly credentialsWereOn?: boolean
}

const unusedError = new Error()

/** Families whose datagram and seqpacket sockets are plain message queues. In other families, taking a message may have side effects. */
const queues: ReadonlySet<number> = new Set([AF_UNIX, AF_INET, AF_INET6])
export const defaultReadAhead = 256
/** Maximum number of error queue reports that are kept for a later receive. */
export const maxReports = 64

/** True if one of the definitions has one of these types, at SOL_SOCKET. */
export const includesType = (definitions: readonly AnyControlMessage[], types: readonly number[]): boolean =>
  definitions.some(({ level, type }) => level === SOL_SOCKET && types.includes(type))

/** True if a socket carries bytes without message boundaries. SCTP preserves them even on SOCK_STREAM. */
export const isByteStream = (type: number, protocol: number | undefined): boolean => type === SOCK_STREAM && protocol !== IPPROTO_SCTP

type State = 'open' | 'closed' | 'detached'

/** The parts of a socket, behind every public class of sockets. */
export class Core implements MessageSource, Disposable {
  readonly facts: Facts
  readonly familyName: Family | undefined
  readonly descriptor: SocketDescriptor
  readonly control: ControlSize
  readonly data: Receiver<AnyMessage>
  readonly errors: Receiver<AnyMessage> | undefined
  readonly sender: Sender
  readonly sending: SendingSocket
  context: MessageContext
  readAhead: number
  /** True if the options have not changed since it began to listen, so that every connection inherits them. */
  optionsInherited: boolean
  readonly traffic = new Traffic(() => this.#socketReference?.deref())
  readonly target = new Target()
  readonly #registration: Registration
  #connector: Connector | undefined
  #urgent: Receiver<AnyMessage> | undefined
  #connections: Receiver<Core> | undefined
  #writable: Writable | undefined
  #state: State = 'open'
  #refed = true
  #isShared = false
  #held = false
  readonly #mark: PacketMark
  /** O_NONBLOCK was off before this library set it. Undefined if nothing has needed it yet. */
  #wasBlocking: boolean | undefined
  /** The reports that the present call of {@link onReport} has found. */
  #reports: AnyMessage[] | undefined
  /** The public object, referenced while an operation waits so that it is not garbage-collected and closed. */
  #socket: object | undefined
  #socketReference: WeakRef<object> | undefined

  /** The new object owns the descriptor. */
  constructor(taken: number, facts: Facts, control: ControlSize) {
    const { family, type, adopted } = facts
    this.facts = facts
    this.familyName = familyName(family)
    const descriptor = this.descriptor = new SocketDescriptor(taken)
    const { fd } = descriptor
    this.readAhead = facts.readAhead ?? (!adopted && queues.has(family) ? defaultReadAhead : 0)
    this.control = control
    this.optionsInherited = !adopted
    this.#mark = new PacketMark(fd, facts, control)
    this.context = this.#makeContext()
    this.#registration = new Registration(fd)
    const onWaiting = (): void => { this.update() }
    // Even a socket that did not ask for descriptors can get some, where another process turned off a kind with space.
    const descriptors = family === AF_UNIX ? { descriptors: { of: descriptorCount, max: () => this.#maxDescriptors } } : {}
    this.data = new Receiver(this.#reader(), this.#registration, {
      events: EPOLLIN, readAhead: () => this.readAhead, tryFirst: !queues.has(family), onWaiting, ...descriptors,
      peeksBehind: () => hasPeekOffset(descriptor.fd),
      // UDP and raw sockets receive even after both directions were shut down.
      endLasts: () => !isConnectionless(type) || family === AF_UNIX,
      onTaken: (items) => { this.traffic.received(items, 'messages') }, onLeft: (items) => { this.traffic.dropped(items, 'closed') },
    })
    const isStream = isByteStream(type, facts.protocol)
    const { target } = this
    // Its former owner may have connected it. Other types have no other destination.
    const peer = adopted && isConnectionless(type) ? reachablePeerOf(fd) : undefined
    if (peer !== undefined) target.set(peer)
    const transmitter = new Transmitter(fd, { family, type, isStream, target }, {
      held: () => this.#registration.held(), onReport: () => this.onReport(),
      onOpening: () => { this.connector.hold() },
    })
    this.sending = {
      get fd() { return descriptor.fd },
      type, isStream, family: this.familyName, protocol: facts.protocol,
      hasErrorQueue: hasErrorQueue(family), hasUrgentData: hasUrgentData(family, isStream, facts.protocol),
      hasFastOpen: hasFastOpen(family, isStream),
      peer: () => transmitter.destination, target, onOpening: () => { this.connector.settle() },
    }
    this.sender = new Sender(transmitter, this.#registration, this.traffic, onWaiting)
    // After the others: to take a report also takes the pending error, which is to reject a receive or a send.
    // On a family without an error queue, the kernel would return ordinary messages as reports.
    this.errors = !hasErrorQueue(family) ? undefined : new Receiver(new ErrorsReader(this), this.#registration, {
      events: EPOLLERR, readAhead: () => 0, onWaiting,
      keep: { max: maxReports, onDropped: (items) => { this.traffic.dropped(items, 'reports') } },
      onTaken: (items) => {
        this.#reports?.push(...items)
        this.traffic.received(items, 'errors')
      },
    })
  }

  /** Maximum number of descriptors that one message can install. */
  get #maxDescriptors(): number {
    return Math.min(SCM_MAX_FD + 1, Math.max(0, Math.floor((this.control.size - structs.cmsghdr.size) / intSize)))
  }

  #reader(): Reader<AnyMessage> {
    switch (this.facts.type) {
      case SOCK_STREAM: return new StreamReader(this, this.#isAtEnd, () => this.#urgent)
      case SOCK_SEQPACKET: return new SeqpacketReader(this, this.#mark)
      default: return new DatagramReader(this)
    }
  }

  /** True for a control message that the kernel also adds at the end of a connection. */
  readonly #isAtEnd = (level: number, type: number): boolean =>
    [...this.facts.definitions, ...builtins as readonly AnyControlMessage[]]
      .some((one) => one.level === level && one.type === type && one.atEnd === true)

  // ── Interface for readers ───────────────────────────────────────────────────────────────────────────────────────

  get fd(): number {
    return this.descriptor.fd
  }

  get family(): number {
    return this.facts.family
  }

  get type(): number {
    return this.facts.type
  }

  get size(): number {
    return this.facts.messageSize
  }

  #makeContext(): MessageContext {
    const { definitions, credentialsWereOn = true } = this.facts
    const asked = definitions.some(({ kind }) => kind === credentials.kind)
    const placeholders = mayHavePlaceholders({ family: this.familyName, asked, credentialsWereOn })
    return contextOf(this.familyName, definitions, placeholders, this.control.mark)
  }

  // ── Lifetime ────────────────────────────────────────────────────────────────────────────────────────────────────

  get state(): State {
    return this.#state
  }

  check(attempt: string): void {
    if (this.#state !== 'open') throw closed(`Cannot ${attempt} a socket that is ${this.#state}`)
  }

  /** The public object of this socket. */
  set socket(socket: object) {
    this.#socketReference = new WeakRef(socket)
  }

  get refed(): boolean {
    return this.#refed
  }

  set refed(refed: boolean) {
    this.#refed = refed
    this.update()
  }

  get waiting(): boolean {
    return this.data.waiting || this.sender.waiting || this.connecting
      || this.errors?.waiting === true || this.#urgent?.waiting === true || this.#connections?.waiting === true
  }

  /** Called when an operation starts or stops waiting. The process is kept alive while at least one waits. */
  update(): void {
    const waiting = this.#state === 'open' && this.waiting
    if (waiting !== (this.#socket !== undefined)) this.#socket = waiting ? this.#socketReference?.deref() : undefined
    const held = waiting && this.#refed
    if (held === this.#held) return
    this.#held = held;
    (held ? keepProcessAlive : letProcessEnd)()
  }

  /** Closes the socket. Each step runs even if others fail. */
  close(): void {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    const { data: { ended }, facts: { family, type, adopted } } = this
    this.#end('The socket was closed while this was waiting', [
      // Before the descriptor is closed: afterwards another socket may be bound to the path at once.
      () => { this.descriptor.removeFile() },
      () => { this.descriptor.close((fd) => closeMayBlock(fd, { family, type, ended, isShared: adopted || this.#isShared })) },
    ])
  }

  /** {@link close}, for `using`. */
  [dispose](): void {
    this.close()
  }

  /** Returns the descriptor to the caller after a failed creation. */
  giveUpDescriptor(): void {
    this.#state = 'detached'
    this.#end('The socket could not be created', [])
    this.descriptor.take()
  }

  #end(reason: string, last: readonly (() => void)[]): void {
    // Creating an error costs more than all the rest, and is only needed if an operation waits.
    const error = this.waiting ? closed(reason) : unusedError
    const steps = [
      () => { this.data.close(error) },
      () => { this.sender.close(error) },
      () => { this.#connector?.close(error) },
      () => { this.#urgent?.close(error) },
      () => { this.errors?.close(error) },
      () => { this.#connections?.close(error) },
      () => { this.#registration.close() },
      ...last,
      () => { this.update() },
    ]
    for (const step of steps) {
      try {
        step()
      } catch (cause) {
        process.emitWarning(`A step of closing a socket failed: ${String(cause)}`, 'CmsgWarning')
      }
    }
  }

  /**
   * Hands over the descriptor, with the messages that were taken from the kernel and not received: data, then urgent data, then
   * reports of the error queue; and with the error that would have been reported after them, which the kernel does not repeat.
   * @throws Error `ERR_CMSG_BACKLOG` while messages wait to be sent; `ERR_CMSG_CLOSED` if other code has closed the descriptor
   */
  detach(): { readonly fd: number; readonly messages: AnyMessage[]; readonly error: Error | undefined } {
    this.check('detach')
    if (!this.descriptor.isOurs) {
      this.close()
      throw closed('Cannot detach a socket whose descriptor was closed by other code: the number may be that of another file by now')
    }
    if (this.sender.waiting) throw backlog('Cannot detach a socket while messages wait to be sent: await flush() first')
    let messages: AnyMessage[] = []
    const fd = this.descriptor.take(() => {
      // Steps that may fail come first, so that a failure leaves the socket unchanged.
      this.#mark.remove()
      if (this.#wasBlocking === true) libc.fcntl(this.fd, F_SETFL, libc.fcntl(this.fd, F_GETFL) & ~O_NONBLOCK)
      this.#state = 'detached'
      messages = [this.data, this.#urgent, this.errors].flatMap((channel) => channel?.drain() ?? [])
      this.#end('The socket was detached while this was waiting', [])
    })
    return { fd, messages, error: this.data.takeError() }
  }

  /** Another process gets this socket: stops reading ahead, and removes the mark that the other process did not ask for. */
  share(): void {
    this.#isShared = true
    this.readAhead = 0
    this.#mark.remove()
    this.context = this.#makeContext()
  }

  // ── Options ─────────────────────────────────────────────────────────────────────────────────────────────────────

  setOption(level: number, option: number, value: number | boolean | Uint8Array): void {
    setsockopt(this.fd, level, option, value)
    this.optionsInherited = false
    this.#mark.optionSet(level, option)
    this.context = this.#makeContext()
    this.control.optionSet(level, option)
  }

  /**
   * Sets O_NONBLOCK on the descriptor: accept4(2) and connect(2) have no flag for a single call like MSG_DONTWAIT. Call it before each
   * of these calls, because any process with this socket can clear it.
   */
  setNonBlocking(): void {
    const flags = libc.fcntl(this.fd, F_GETFL)
    const isBlocking = (flags & O_NONBLOCK) === 0
    this.#wasBlocking ??= isBlocking
    if (isBlocking) libc.fcntl(this.fd, F_SETFL, flags | O_NONBLOCK)
  }

  set file(file: SocketFile | undefined) {
    this.descriptor.file = file
  }

  // ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Starts accepting connections. `make` is as for {@link ListenerReader}. */
  startAccepting(make: (fd: number) => Core | undefined): void {
    if (this.#connections !== undefined) return
    // At once, because the first call may come much later, and because a socket that cannot be made non-blocking is refused here.
    this.setNonBlocking()
    const reader = new ListenerReader(this.fd, () => { this.setNonBlocking() }, make)
    this.#connections = new Receiver<Core>(reader, this.#registration, {
      // Another owner of a Unix listener may have shut down receiving: accept4 then says EAGAIN for ever.
      events: EPOLLIN | EPOLLRDHUP, readAhead: () => 0, onWaiting: () => { this.update() },
    })
  }

  get connections(): Receiver<Core> | undefined {
    return this.#connections
  }

  /** Connects, waiting as long as necessary. @throws SystemError */
  async connect(name: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    if (isConnectionless(this.facts.type)) this.sender.checkPeer(name)
    await this.connector.connect(resolved(name), signal)
    // It may have been closed before its caller has heard.
    this.check('connect')
    if (familyOf(name) === AF_UNSPEC) return
    // Some kinds can only be turned on once connected.
    try {
      enableKinds(this.fd, this.facts.definitions, { family: this.familyName, type: this.facts.type, when: 'connected' })
    } catch (error) {
      // The kernel also refuses them if the connection has ended meanwhile.
      throw endOfConnection(this.fd, name) ?? error
    }
  }

  /** Made when it is first needed. */
  get connector(): Connector {
    return (this.#connector ??= new Connector(this, this.#registration, () => { this.update() }))
  }

  /** Called when a connection begins, or is known to be made: the end of an earlier one is over, and its errors if this one is new. */
  onConnecting(isNew: boolean): void {
    for (const channel of [this.data, this.#urgent, this.errors]) channel?.reopen(isNew)
    if (isNew) this.sender.reopen()
  }

  /** True while an operation waits that {@link onConnectionFailed} would fail. */
  get needsConnection(): boolean {
    return this.data.waiting || this.#urgent?.waiting === true || this.sender.hasMessages
  }

  /** Called when a connection, or an attempt to make one, has failed: operations that wait for it must not get to the next one. */
  onConnectionFailed(makeError: () => Error): void {
    for (const channel of [this.data, this.#urgent]) while (channel?.waiting === true) channel.fail(makeError())
    this.sender.failMessages(makeError)
  }

  /** True while a connect waits for the kernel, or for room in the backlog of a listener. */
  get connecting(): boolean {
    return this.#connector?.waiting === true
  }

  /** Calls `listener` once when a connected socket has room to send. Sends nothing. */
  tellWritable(listener: WritableListener): void {
    (this.#writable ??= new Writable(this.#registration)).tell(listener)
  }

  // ── Receiving ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The channel that a request is for. @throws Error `ERR_CMSG_UNSUPPORTED` */
  channel({ flags }: ReceiveRequest): Receiver<AnyMessage> {
    if ((flags & MSG_ERRQUEUE) !== 0) return this.errors!
    if ((flags & MSG_OOB) === 0) return this.data
    if (sys.intOption(this.fd, SOL_SOCKET, SO_OOBINLINE) > 0) {
      throw unsupported('Cannot receive with MSG_OOB while SO_OOBINLINE is on: the kernel puts urgent data in line with other data')
    }
    return (this.#urgent ??= new Receiver(new UrgentReader(this), this.#registration, {
      // A kernel built without CONFIG_AF_UNIX_OOB refuses the flag, and would report no event.
      events: EPOLLPRI | EPOLLRDHUP, readAhead: () => 0, tryFirst: true, onWaiting: () => { this.update() },
      onTaken: (items) => { this.traffic.received(items, 'urgent') },
      // The kernel keeps only one, too.
      keep: { max: 1, onDropped: () => {} },
    }))
  }

  /** Returns the next message if one is available. @throws SystemError */
  now(request: ReceiveRequest): AnyMessage | undefined {
    const channel = this.channel(request)
    const message = channel.now(request)
    if (message === undefined && channel === this.data) this.onReport()
    return message
  }

  /** Moves error reports out of the kernel, and returns them: unread reports would fill the socket's buffer and block messages. */
  onReport(): readonly AnyMessage[] {
    const reports: AnyMessage[] = this.#reports = []
    // A subscriber that was notified of a received message may have closed the socket.
    if (this.#state === 'open') this.errors?.catchUp()
    this.#reports = undefined
    return reports
  }
}
