/**
 * The parts of one socket, put together, and taken apart at its end.
 * @module
 */
import { dispose } from '../dispose.ts'
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { onAbort, throwIfAborted } from '../abort.ts'
import { builtins } from '../control/catalogue.ts'
import type { AnyControlMessage, Family } from '../control/define.ts'
import { credentials } from '../control/socket.ts'
import { attempt, backlog, closed } from '../errors.ts'
import { systemError } from '../arguments.ts'
import { getsockopt, setsockopt } from '../libc/options.ts'
import * as libc from '../libc/sockets.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import { hold, release } from '../readiness/poller.ts'
import { Registration, type Interest } from '../readiness/registration.ts'
import { closeMayBlock } from './closing.ts'
import { Handle } from './handle.ts'
import type { SocketFile } from './file/remove.ts'
import type { ControlSize } from './options/control-size.ts'
import { enableKinds } from './options/setup.ts'
import { removeMark, setMark, timestampOptions } from './options/mark.ts'
import { familyName } from './options/options.ts'
import { pause } from './pause.ts'
import { mayBePlaceholders } from './receiving/credentials.ts'
import { contextOf, descriptorCount, type AnyMessage, type MessageContext } from './receiving/message.ts'
import type { MessageSource, Reader } from './receiving/reader.ts'
import { DatagramReader } from './receiving/readers/datagram.ts'
import { ErrorsReader } from './receiving/readers/errors.ts'
import { ListenerReader } from './receiving/readers/listener.ts'
import { SeqpacketReader } from './receiving/readers/seqpacket.ts'
import { StreamReader } from './receiving/readers/stream.ts'
import { UrgentReader } from './receiving/readers/urgent.ts'
import { Receiver } from './receiving/receiver.ts'
import type { ReceiveRequest } from './receiving/request.ts'
import type { SendingSocket } from './sending/outgoing.ts'
import { Sender } from './sending/sender.ts'
import { Transmitter } from './sending/transmit.ts'
import { Writable, type WritableListener } from './sending/writable.ts'

const {
  AF_UNIX, AF_INET, AF_INET6, SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM, IPPROTO_SCTP, SOL_SOCKET, SO_ERROR, SCM_CREDENTIALS, SCM_RIGHTS, SCM_PIDFD, SCM_MAX_FD, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLERR, EPOLLRDHUP, MSG_OOB, MSG_ERRQUEUE, F_GETFL, F_SETFL, O_NONBLOCK,
} = constants

/** Known of a socket from the start. */
export interface Facts {
  readonly family: number
  readonly type: number
  /** `IPPROTO_*`, where it is known. */
  readonly protocol: number | undefined
  readonly definitions: readonly AnyControlMessage[]
  readonly messageSize: number
  /** It was made by somebody else: messages may have been queued before it asked for anything. */
  readonly adopted: boolean
  /** Messages it may take from the kernel beyond those that were asked for; undefined for the default. */
  readonly readAhead: number | undefined
  /** Its SO_PASSCRED was on before. */
  readonly credentialsWereOn?: boolean
}

const nobodys = new Error()

/** Families whose datagram and seqpacket sockets are queues of messages. Of others it is not known that looking changes nothing. */
const queues: ReadonlySet<number> = new Set([AF_UNIX, AF_INET, AF_INET6])
const defaultReadAhead = 256
/** Reports of the error queue that are kept for a later reader. */
const maxReports = 64

/** Tells that one of the definitions is of these types, at SOL_SOCKET. */
export const has = (definitions: readonly AnyControlMessage[], types: readonly number[]): boolean =>
  definitions.some(({ level, type }) => level === SOL_SOCKET && types.includes(type))

type State = 'open' | 'closed' | 'detached'

export class Core implements MessageSource, Disposable {
  readonly facts: Facts
  readonly familyName: Family | undefined
  readonly handle: Handle
  readonly control: ControlSize
  readonly data: Receiver<AnyMessage>
  readonly errors: Receiver<AnyMessage> | undefined
  readonly sender: Sender
  readonly sending: SendingSocket
  context: MessageContext
  readAhead: number
  /** Reports of the error queue that nobody read in time. */
  droppedReports = 0
  readonly #registration: Registration
  readonly #transmitter: Transmitter
  readonly #connect: Interest
  #urgent: Receiver<AnyMessage> | undefined
  #connections: Receiver<Core> | undefined
  #writable: Writable | undefined
  #connecting: { resolve(): void; reject(error: unknown): void } | undefined
  #state: State = 'open'
  #refed = true
  #held = false
  /** Its packets are given a mark, unless they have timestamps. */
  #markable: boolean
  /** O_NONBLOCK was set by us. */
  #madeNonBlocking = false
  /** The public object, kept while something waits: it is closed when it is forgotten. */
  #socket: object | undefined
  #socketReference: WeakRef<object> | undefined

  /** Owns the descriptor from now on. */
  constructor(descriptor: number, facts: Facts, control: ControlSize) {
    const { family, type, definitions, adopted } = facts
    this.facts = facts
    this.familyName = familyName(family)
    this.handle = new Handle(descriptor)
    const { fd } = this.handle
    this.readAhead = facts.readAhead ?? (!adopted && queues.has(family) ? defaultReadAhead : 0)
    this.control = control
    this.#markable = control.mark
    this.context = this.#makeContext()
    this.#registration = new Registration(fd)
    const onWaiting = (): void => { this.update() }
    this.#connect = this.#registration.interest({
      events: EPOLLOUT, exclusive: true,
      onReady: () => { this.#connecting?.resolve(); return true },
      fail: (error) => { this.#connecting?.reject(error); return false },
    })
    // AF_UNIX has no error queue.
    this.errors = family === AF_UNIX ? undefined : new Receiver(new ErrorsReader(this), this.#registration, {
      events: EPOLLERR, readAhead: () => 0, onWaiting, keep: { max: maxReports, onDropped: (count) => { this.droppedReports += count } },
    })
    const carries = family === AF_UNIX && has(definitions, [SCM_RIGHTS, SCM_PIDFD])
    const descriptors = carries ? { descriptors: { of: descriptorCount, max: () => this.#maxDescriptors } } : {}
    this.data = new Receiver(this.#reader(), this.#registration, { events: EPOLLIN, readAhead: () => this.readAhead, tryFirst: !queues.has(family), onWaiting, ...descriptors })
    // SCTP keeps messages apart, whatever the type says.
    const isStream = type === SOCK_STREAM && facts.protocol !== IPPROTO_SCTP
    const transmitter = this.#transmitter = new Transmitter(fd, family, type, isStream, () => { this.onReport() })
    this.sending = {
      fd, type, isStream, family: this.familyName, protocol: facts.protocol,
      peer: () => transmitter.peer ?? (family === AF_UNIX ? undefined : attempt(() => libc.getpeername(fd))),
    }
    this.sender = new Sender(this.#transmitter, this.#registration, onWaiting)
  }

  /** The most descriptors that one message can install. */
  get #maxDescriptors(): number {
    return Math.min(SCM_MAX_FD + 1, Math.floor(this.control.size / Int32Array.BYTES_PER_ELEMENT))
  }

  #reader(): Reader<AnyMessage> {
    const { family, type, definitions } = this.facts
    switch (type) {
      case SOCK_STREAM: return new StreamReader(this, this.#isAtEnd, () => this.#urgent)
      case SOCK_SEQPACKET: {
        // Some kinds come with every packet.
        const always = family === AF_UNIX && has(definitions, [SCM_CREDENTIALS, ...timestampOptions])
        return new SeqpacketReader(this, () => this.control.mark || always)
      }
      default: return new DatagramReader(this)
    }
  }

  /** The kernel adds it to the end of a connection, too. */
  readonly #isAtEnd = (level: number, type: number): boolean => {
    return [...this.facts.definitions, ...builtins as readonly AnyControlMessage[]].some((one) => one.level === level && one.type === type && one.atEnd === true)
  }

  // ── As its readers see it ───────────────────────────────────────────────────────────────────────────────────────

  get fd(): number {
    return this.handle.fd
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
    const { definitions, adopted, credentialsWereOn = false } = this.facts
    const asked = definitions.some(({ kind }) => kind === credentials.kind)
    const madeUp = mayBePlaceholders({ family: this.familyName, adopted, asked, askedBefore: credentialsWereOn })
    return contextOf(this.familyName, definitions, madeUp, this.control.mark)
  }

  // ── Its life ────────────────────────────────────────────────────────────────────────────────────────────────────

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
    return this.data.waiting || this.sender.waiting || this.#connecting !== undefined || this.errors?.waiting === true
      || this.#urgent?.waiting === true || this.#connections?.waiting === true
  }

  /** Something begins or ceases to wait: with the first the process is kept alive, with the last no longer. */
  update(): void {
    const waiting = this.#state === 'open' && this.waiting
    if (waiting !== (this.#socket !== undefined)) this.#socket = waiting ? this.#socketReference?.deref() : undefined
    const held = waiting && this.#refed
    if (held === this.#held) return
    this.#held = held
    if (held) hold()
    else release()
  }

  /** Ends everything. Each step is made, whatever becomes of the others. */
  close(): void {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    const { ended } = this.data
    this.#end('The socket was closed while this was waiting', [
      // Before the descriptor: somebody may bind there the moment it is closed.
      () => { this.handle.removeFile() },
      () => { this.handle.close((fd) => closeMayBlock(fd, this.facts, ended)) },
    ])
  }

  /** {@link close}, for `using`. */
  [dispose](): void {
    this.close()
  }

  /** Gives the descriptor back after a failure on the way. */
  release(): void {
    this.#state = 'detached'
    this.#end('The socket could not be created', [])
    this.handle.take()
  }

  #end(reason: string, last: readonly (() => void)[]): void {
    // An error costs more than all the rest, and without anybody who waits nobody gets it.
    const error = this.waiting ? closed(reason) : nobodys
    const steps = [
      () => { this.data.close(error) },
      () => { this.sender.close(error) },
      () => { this.#connecting?.reject(error) },
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

  /** Gives the descriptor away, with the messages that nobody has received. @throws Error `ERR_CMSG_BACKLOG` while something waits to be sent */
  detach(): { readonly fd: number; readonly messages: AnyMessage[] } {
    this.check('detach')
    if (this.sender.waiting) throw backlog('Cannot detach a socket while messages wait to be sent: await flush() first')
    let messages: AnyMessage[] = []
    const fd = this.handle.take(() => {
      // What may fail comes first: then the socket is as it was.
      this.#unmark()
      if (this.#madeNonBlocking) libc.fcntl(this.fd, F_SETFL, libc.fcntl(this.fd, F_GETFL) & ~O_NONBLOCK)
      this.#state = 'detached'
      messages = this.data.drain()
      this.#end('The socket was detached while this was waiting', [])
    })
    return { fd, messages }
  }

  /** Another holder gets this socket: nothing is read ahead any more, and nothing comes with its packets that it did not ask for. */
  share(): void {
    this.readAhead = 0
    this.#unmark()
    this.context = this.#makeContext()
  }

  // ── Options ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #unmark(): void {
    if (this.control.mark) removeMark(this.fd)
    this.control.mark = false
    this.#markable = false
  }

  setOption(level: number, option: number, value: number | boolean | Uint8Array): void {
    setsockopt(this.fd, level, option, value)
    if (this.#markable && level === SOL_SOCKET && timestampOptions.includes(option)) {
      // The user's own timestamps serve as the mark. Without them it is set again.
      this.control.mark = setMark(this.fd)
      this.context = this.#makeContext()
    }
    this.control.optionSet(level, option)
  }

  /** accept4(2) and connect(2) have no flag for one call, as recvmsg has: the descriptor has it, whoever made it. */
  setNonBlocking(): void {
    const flags = libc.fcntl(this.fd, F_GETFL)
    if ((flags & O_NONBLOCK) !== 0) return
    libc.fcntl(this.fd, F_SETFL, flags | O_NONBLOCK)
    this.#madeNonBlocking = true
  }

  set file(file: SocketFile | undefined) {
    this.handle.file = file
  }

  // ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Connections come from now on, each made into a socket by `make`, which owns the descriptor that it is given. */
  listen(make: (fd: number) => Core): void {
    if (this.#connections !== undefined) return
    // A connection that is gone again would block the loop.
    this.setNonBlocking()
    this.#connections = new Receiver<Core>(new ListenerReader(this.fd, make), this.#registration, {
      events: EPOLLIN, readAhead: () => 0, onWaiting: () => { this.update() },
    })
  }

  get connections(): Receiver<Core> | undefined {
    return this.#connections
  }

  /** Connects, waiting for as long as it takes. @throws SystemError */
  async connect(name: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    if (this.facts.adopted) this.setNonBlocking()
    for (let delay = 1; ; delay = Math.min(2 * delay, 50)) {
      throwIfAborted(signal)
      const { address, bytes } = scratch(name.length)
      bytes.set(name)
      const result = sys.connect(this.fd, address, name.length)
      if (result >= 0) break
      if (result === -errno.EINPROGRESS) {
        await this.#connected(name, signal)
        break
      }
      // A Unix listener whose backlog is full. Nothing tells when it has room again.
      if (result !== -errno.EAGAIN) throw systemError(-result, 'connect', name)
      await pause(delay, signal)
      this.check('connect')
    }
    if (this.facts.type === SOCK_DGRAM) this.#transmitter.peer = name
    // Some kinds can only be asked for now.
    enableKinds(this.fd, this.facts.definitions, { family: this.familyName, type: this.facts.type, when: 'connected' })
  }


  /** Awaits the end of a connect under way. */
  async #connected(name: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const stop = onAbort(signal, () => { this.#connecting?.reject(signal!.reason) })
      const settle = (finish: () => void): void => {
        stop()
        this.#connecting = undefined
        this.#connect.want(false)
        this.update()
        finish()
      }
      this.#connecting = {
        resolve: () => { settle(resolve) },
        reject: (error) => { settle(() => { reject(error as Error) }) },
      }
      const error = this.#connect.want(true)
      if (error !== undefined) this.#connecting.reject(error)
      this.update()
    })
    this.check('connect')
    const error = getsockopt(this.fd, SOL_SOCKET, SO_ERROR)
    if (error !== 0) throw systemError(error, 'connect', name)
  }

  /** Tells once when a connected socket has room. Nothing is sent, and nothing waits for it. */
  tellWritable(listener: WritableListener): void {
    (this.#writable ??= new Writable(this.fd, this.#registration)).tell(listener)
  }

  // ── Receiving ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The channel that a request is for. */
  channel({ flags }: ReceiveRequest): Receiver<AnyMessage> {
    if ((flags & MSG_ERRQUEUE) !== 0) return this.errors!
    if ((flags & MSG_OOB) === 0) return this.data
    return (this.#urgent ??= new Receiver(new UrgentReader(this), this.#registration, {
      events: EPOLLPRI | EPOLLRDHUP, readAhead: () => 0, onWaiting: () => { this.update() },
      // The kernel keeps one, too.
      keep: { max: 1, onDropped: () => {} },
    }))
  }

  /** The next message, if there is one now. @throws SystemError */
  now(request: ReceiveRequest): AnyMessage | undefined {
    const channel = this.channel(request)
    const message = channel.now(request)
    if (message === undefined && channel === this.data) this.onReport()
    return message
  }

  /** Reports that nobody reads would fill the buffer of the socket, and then nothing else comes. */
  onReport(): void {
    this.errors?.catchUp()
  }
}

