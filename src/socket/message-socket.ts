/**
 * MessageSocket: a socket that sends and receives messages with their ancillary data, on the event loop.
 * @module
 */
import { isMainThread } from 'node:worker_threads'
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { hostAbi } from '../abi/abi.ts'
import { viewOf } from '../abi/bytes.ts'
import { structs } from '../abi/structs.ts'
import { decodeAddress, encodeAddress, formatAddress, type Address, type AddressLike } from '../address/address.ts'
import type { AnyControlMessage, ControlItem, Family } from '../control/define.ts'
import { encodeControl } from '../control/encode.ts'
import type { Credentials } from '../control/socket.ts'
import { closed, invalidAddress, invalidType, outOfRange, show, SystemError } from '../errors.ts'
import { bytes, descriptor, flagBits, integer, object, systemError } from '../libc/arguments.ts'
import { getsockopt, setsockopt } from '../libc/options.ts'
import * as libc from '../libc/sockets.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import { hold, release, Watch } from '../readiness/poller.ts'
import { Inbox, type ReadResult } from './inbox.ts'
import { contextOf, type Message } from './message.ts'
import {
  checkSend, controlRoom, definitionsOf, familyName, familyNumber, messageSize, turnOn, typeNumber,
  type BindOptions, type OpenOptions, type ReceiveKinds, type SocketType,
} from './options.ts'
import { Outbox, type Outgoing } from './outbox.ts'
import { OwnedFd } from './owned-fd.ts'
import { bindName, removeFile, type SocketFile } from './pathname.ts'
import { peerCredentials, peerGroups, peerPidfd, peerSecurity } from './peer.ts'
import type { Pidfd } from './pidfd.ts'
import { Source, type Request } from './source.ts'

const { AF_UNIX, AF_INET, AF_INET6, SOCK_STREAM, SOCK_DGRAM, SOCK_NONBLOCK, SOL_SOCKET, SO_DOMAIN, SO_TYPE, SO_ACCEPTCONN, SO_ERROR, F_GETFL, F_SETFL, O_NONBLOCK, POLLIN, EPOLLIN, EPOLLOUT, EPOLLERR, MSG_ERRQUEUE } = constants

/** The data of a message: text is sent as UTF-8, several buffers as one. */
export type Data = string | Uint8Array | readonly Uint8Array[]

/** What goes along with the data of a message. */
export interface SendOptions {
  /** Where it goes; not needed on a connected socket. A received `message.address` can be given as it is. */
  readonly to?: AddressLike | undefined
  /** Control messages: `[credentials({ … }), rights([fd])]`. */
  readonly control?: readonly ControlItem[] | undefined
  /** `MSG_*`. `MSG_DONTWAIT` and `MSG_NOSIGNAL` are always added. */
  readonly flags?: number
}

/** A message for {@link MessageSocket.sendMany}. */
export interface MessageToSend extends SendOptions {
  readonly data: Data
}

/** Something that can be aborted. When it is, the promise rejects with the signal's reason. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined
}

/** How a message is received. */
export interface ReceiveOptions extends Request {
  /**
   * Room for the data of this message, bytes; the socket's `messageSize` if absent. A message that was received ahead,
   * in a batch, had the socket's.
   */
  readonly size?: number | undefined
  /** `MSG_PEEK`, `MSG_TRUNC`, … `MSG_DONTWAIT` and `MSG_CMSG_CLOEXEC` are always added. */
  readonly flags?: number | undefined
}

interface Facts<D extends AnyControlMessage> {
  readonly family: number
  readonly type: number
  readonly definitions: readonly D[]
  readonly messageSize: number
  /** Messages may have been queued before the socket asked for anything. */
  readonly adopted: boolean
}

type BindTo<D extends AnyControlMessage> = ReceiveKinds<D> & BindOptions & { readonly type: SocketType }

/**
 * A socket for messages with ancillary data: Unix datagram, seqpacket and stream, UDP, and whatever is adopted.
 *
 * It has one descriptor, which it closes. It keeps the process alive while something is awaited of it, and only then.
 *
 * @example
 * import { MessageSocket, credentials } from 'cmsg'
 *
 * const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [credentials] })
 * await a.send('hello')
 * const message = await b.receive()
 * console.log(message?.get(credentials)?.pid === process.pid) // true
 * await a.close()
 * await b.close()
 */
export class MessageSocket<D extends AnyControlMessage = never> implements AsyncDisposable, Disposable, AsyncIterable<Message<D>> {
  readonly #fd: number
  readonly #facts: Facts<D>
  readonly #familyName: Family | undefined
  readonly #watch: Watch
  readonly #inbox: Inbox<Message<D>, Request>
  /** The error queue: whoever waits for data does not wait for these, nor the other way round. */
  readonly #errors: Inbox<Message<D>, Request>
  readonly #outbox: Outbox
  #connections: Inbox<MessageSocket<D>, Request> | undefined
  #connecting: { resolve(): void; reject(error: unknown): void } | undefined
  #file: SocketFile | undefined
  #closed = false
  #refed = true
  #held = false

  private constructor(fd: number, facts: Facts<D>) {
    const { family, type, definitions, messageSize, adopted } = facts
    this.#fd = fd
    this.#facts = facts
    this.#familyName = familyName(family)
    this.#watch = new Watch(fd, (events) => { this.#onReady(events) })
    const source = new Source<D>(fd, type, contextOf(this.#familyName, definitions, adopted), messageSize, controlRoom(definitions))
    const update = (): void => { this.#update() }
    this.#inbox = new Inbox(source, this.#watch, update)
    this.#errors = new Inbox({ read: (request) => source.read(request), event: EPOLLERR }, this.#watch, update)
    this.#outbox = new Outbox(fd, family, type, this.#watch, update)
  }

  // ── Making one ──────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * A new socket, neither bound nor connected.
   * @throws SystemError EMFILE: RLIMIT_NOFILE is reached; Error `ERR_CMSG_UNSUPPORTED` when a kind cannot be received
   */
  static open<D extends AnyControlMessage = never>(options: OpenOptions<D>): MessageSocket<D> {
    const { family, type } = object('socket', 'options', options)
    return MessageSocket.#make(familyNumber(family), typeNumber(type), options)
  }

  static #make<D extends AnyControlMessage>(family: number, type: number, options: ReceiveKinds<D>): MessageSocket<D> {
    const facts = factsOf(family, type, options)
    const fd = libc.socket(family, type | SOCK_NONBLOCK)
    try {
      turnOn(fd, facts.definitions, options.passRights)
    } catch (error) {
      libc.close(fd)
      throw error
    }
    return new MessageSocket(fd, facts)
  }

  /**
   * A socket bound to an address; a stream or seqpacket socket also listens. What it is to `receive` is turned on before
   * it has a name, so that nothing arrives without it; and accepted sockets inherit it.
   *
   * @throws SystemError EADDRINUSE, which says by what; EACCES, ENOENT
   * @example
   * import { rmSync } from 'node:fs'
   * import { MessageSocket, credentials } from 'cmsg'
   *
   * await using server = MessageSocket.bind('/tmp/cmsg-example.sock', { type: 'datagram', receive: [credentials], unlink: true })
   * console.log(server.address) // { path: '/tmp/cmsg-example.sock' }
   */
  static bind<D extends AnyControlMessage = never>(address: AddressLike, options: BindTo<D>): MessageSocket<D> {
    const { type, backlog } = object('bind', 'options', options)
    const name = encodeAddress(address)
    const socket = MessageSocket.#make(addressFamily(name), typeNumber(type), options)
    try {
      socket.bind(address, options)
      if (typeNumber(type) !== SOCK_DGRAM) socket.listen(backlog)
    } catch (error) {
      void socket.close()
      throw error
    }
    return socket
  }

  /**
   * A socket connected to an address.
   * @throws SystemError ECONNREFUSED, ENOENT: nobody is there; EACCES; EPROTOTYPE: it is a socket of another type
   */
  static async connect<D extends AnyControlMessage = never>(address: AddressLike, options: ReceiveKinds<D> & Abortable & { readonly type: SocketType }): Promise<MessageSocket<D>> {
    const { type, signal } = object('connect', 'options', options)
    const socket = MessageSocket.#make(addressFamily(encodeAddress(address)), typeNumber(type), options)
    try {
      await socket.connect(address, { signal })
    } catch (error) {
      await socket.close()
      throw error
    }
    return socket
  }

  /** Two sockets connected with each other. */
  static pair<D extends AnyControlMessage = never>(options: ReceiveKinds<D> & { readonly type: SocketType }): [MessageSocket<D>, MessageSocket<D>] {
    const { type } = object('socketpair', 'options', options)
    const facts = factsOf(AF_UNIX, typeNumber(type), options)
    const [a, b] = libc.socketpair(AF_UNIX, facts.type | SOCK_NONBLOCK)
    try {
      turnOn(a, facts.definitions, options.passRights)
      turnOn(b, facts.definitions, options.passRights)
    } catch (error) {
      libc.close(a)
      libc.close(b)
      throw error
    }
    return [new MessageSocket(a, facts), new MessageSocket(b, facts)]
  }

  /**
   * A socket from a descriptor, a number or an OwnedFd: of any family, connected, bound, listening, or not. It is the
   * socket's from now on: whoever has the number must not close it. A listening one is made non-blocking, for every process that has it.
   * @throws SystemError EBADF, ENOTSOCK: and then the descriptor is still the caller's
   */
  static adopt<D extends AnyControlMessage = never>(from: number | OwnedFd, options: ReceiveKinds<D> = {}): MessageSocket<D> {
    const fd = descriptor('adopt', from instanceof OwnedFd ? from.fd : from)
    object('adopt', 'options', options)
    const family = getsockopt(fd, SOL_SOCKET, SO_DOMAIN)
    const type = getsockopt(fd, SOL_SOCKET, SO_TYPE)
    const facts = factsOf(family, type, options, true)
    turnOn(fd, facts.definitions, options.passRights)
    const socket = new MessageSocket(fd, facts)
    if (type !== SOCK_DGRAM && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN) !== 0) socket.#accepting()
    if (from instanceof OwnedFd) from.take()
    return socket
  }

  // ── Addresses ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The descriptor. It stays the socket's. */
  get fd(): number {
    this.#check('use')
    return this.#fd
  }

  /** Whether it is closed. */
  get closed(): boolean {
    return this.#closed
  }

  /** Whether the peer of a connection has ended it, and everything it sent was received. */
  get ended(): boolean {
    return this.#inbox.ended
  }

  /** The socket's own address; `{ unnamed: true }` when it has none. */
  get address(): Address {
    this.#check('get the address of')
    return decodeAddress(libc.getsockname(this.#fd))
  }

  /** The address of whom it is connected to; `undefined` when it is not. */
  get remoteAddress(): Address | undefined {
    this.#check('get the remote address of')
    try {
      return decodeAddress(libc.getpeername(this.#fd))
    } catch (error) {
      if (error instanceof SystemError && error.code === 'ENOTCONN') return undefined
      throw error
    }
  }

  /** Give it an address. `{ unnamed: true }` lets the kernel choose an abstract name (autobind). */
  bind(address: AddressLike, { unlink = false }: BindOptions = {}): void {
    this.#check('bind')
    this.#file = bindName(this.#fd, encodeAddress(address), unlink)
    if (!unlink) this.#file = undefined
  }

  /**
   * Connect to an address. A datagram socket then sends there by default and hears only from there.
   * @throws SystemError ECONNREFUSED, ENOENT: nobody is there; EACCES; EPROTOTYPE: it is a socket of another type
   */
  async connect(address: AddressLike, { signal }: Abortable = {}): Promise<void> {
    this.#check('connect')
    const name = encodeAddress(address)
    for (let delay = 1; ; delay = Math.min(2 * delay, 50)) {
      signal?.throwIfAborted()
      const { address: place, bytes } = scratch(name.length)
      bytes.set(name)
      const result = sys.connect(this.#fd, place, name.length)
      if (result >= 0) return
      if (result === -errno.EINPROGRESS) return this.#connected(name, signal)
      // A Unix listener whose backlog is full. Nothing tells when it has room again.
      if (result !== -errno.EAGAIN) throw systemError(-result, 'connect', name)
      await pause(delay, signal)
      this.#check('connect')
    }
  }

  /** Await the end of a connect under way. */
  async #connected(name: Uint8Array, signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => { this.#connecting?.reject(signal!.reason) }
      const settle = (): void => {
        signal?.removeEventListener('abort', abort)
        this.#connecting = undefined
        if (!this.#closed) this.#watch.set(this.#watch.events & ~EPOLLOUT)
        this.#update()
      }
      this.#connecting = {
        resolve: () => { settle(); resolve() },
        reject: (error) => { settle(); reject(error as Error) },
      }
      signal?.addEventListener('abort', abort)
      this.#watch.set(this.#watch.events | EPOLLOUT)
      this.#update()
    })
    const error = getsockopt(this.#fd, SOL_SOCKET, SO_ERROR)
    if (error !== 0) throw systemError(error, 'connect', name)
  }

  // ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Accept connections: a stream or seqpacket socket. `bind` of the class has done it already. */
  listen(backlog?: number): void {
    this.#check('listen on')
    libc.listen(this.#fd, backlog)
    this.#accepting()
  }

  #accepting(): void {
    if (this.#connections !== undefined) return
    // accept4 has no flag for one call, as recvmsg has: a connection that is gone again would block the loop.
    libc.fcntl(this.#fd, F_SETFL, libc.fcntl(this.#fd, F_GETFL) | O_NONBLOCK)
    this.#connections = new Inbox({ read: () => this.#accept() }, this.#watch, () => { this.#update() })
  }

  #accept(): ReadResult<MessageSocket<D>> {
    for (;;) {
      try {
        const { fd } = libc.accept4(this.#fd, SOCK_NONBLOCK)
        return { items: [new MessageSocket(fd, this.#facts)], more: true, ended: false }
      } catch (error) {
        if (!(error instanceof SystemError)) throw error
        if (error.code === 'EAGAIN') return { items: [], more: false, ended: false }
        // It was there, and is gone: the next one, then.
        if (error.code !== 'ECONNABORTED') throw error
      }
    }
  }

  /**
   * The next connection, as a socket that receives what this one was asked to.
   * @throws SystemError EMFILE: RLIMIT_NOFILE is reached, and the connection still waits
   */
  async accept({ signal }: Abortable = {}): Promise<MessageSocket<D>> {
    this.#check('accept on')
    const connection = await this.#listening('accept on').next({}, signal)
    if (connection === undefined) throw closed('Cannot accept on a socket that was shut down')
    return connection
  }

  /** Every connection, until the socket is closed. */
  async *connections({ signal }: Abortable = {}): AsyncGenerator<MessageSocket<D>, void, undefined> {
    this.#check('accept on')
    const incoming = this.#listening('accept on')
    for (;;) {
      let connection: MessageSocket<D> | undefined
      try {
        connection = await incoming.next({}, signal)
      } catch (error) {
        if (this.#closed) return
        throw error
      }
      if (connection === undefined) return
      yield connection
    }
  }

  #listening(attempt: string): Inbox<MessageSocket<D>, Request> {
    if (this.#connections === undefined) throw outOfRange(`Cannot ${attempt} a socket that does not listen: call listen() first`)
    return this.#connections
  }

  // ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Send a message, waiting for room. Messages to one destination keep their order; a destination that does not read
   * holds up no other. A stream takes all of the data, with its control messages at the first byte.
   *
   * The data is not copied while it waits: leave it alone until the promise is settled. Descriptors are: the sender may
   * close its own at once. An abort takes back what has not begun to go; a message of a stream that has, goes out whole.
   *
   * @returns the bytes sent: all of them
   * @throws SystemError EMSGSIZE: larger than the socket takes; ECONNREFUSED, ENOENT: nobody is there; EPIPE: nobody is
   * any more; EPERM, ESRCH: credentials that may not be stated; ENOTCONN: neither connected nor told where to
   */
  send(data: Data, options: SendOptions & Abortable = {}): Promise<number> {
    try {
      return this.#outbox.send(this.#outgoing('send on', data, options), options.signal)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /**
   * Send a message at once, or not at all.
   * @returns the bytes sent, of a stream perhaps not all; `undefined` when it would have to wait
   * @throws SystemError as {@link send}
   */
  sendNow(data: Data, options: SendOptions = {}): number | undefined {
    return this.#outbox.now(this.#outgoing('send on', data, options))
  }

  /**
   * Send messages, many in one system call, in their order.
   * @returns how many: all of them
   * @throws SystemError as {@link send}, for the first that cannot be sent; those before it are sent, those after it not
   */
  async sendMany(messages: readonly MessageToSend[], { signal }: Abortable = {}): Promise<number> {
    if (!Array.isArray(messages)) throw invalidType(`Cannot send ${show(messages)}: expected an array of { data, … }`)
    const list = (messages as readonly MessageToSend[]).map((message) => this.#outgoing('send on', object('sendMany', 'message', message).data, message))
    for (let i = 0, calls = 0; i < list.length;) {
      signal?.throwIfAborted()
      this.#check('send on')
      if (++calls % callsPerTurn === 0) await pause(0)
      // Where something waits already, or a part may be sent, each takes its turn.
      const batched = this.#facts.type !== SOCK_STREAM && !this.#outbox.waiting
      const sent = batched ? this.#outbox.many(list, i) : 0
      i += sent
      if (sent === 0) await this.#outbox.send(list[i++]!, signal)
    }
    return list.length
  }

  #outgoing(attempt: string, data: Data, options: SendOptions): Outgoing {
    this.#check(attempt)
    const { to, control: items, flags = 0 } = options
    const buffers = buffersOf(data)
    let control: Uint8Array | undefined
    if (items !== undefined && items.length > 0) {
      checkSend(items, this.#familyName)
      control = encodeControl(items)
      if (this.#facts.type === SOCK_STREAM && buffers.every(({ length }) => length === 0)) {
        throw outOfRange(`Cannot send ${items.map(({ kind }) => kind).join(' and ')} without data on a stream: the kernel would drop it; at least one byte must go along`)
      }
    }
    return { buffers, name: to === undefined ? undefined : nameOf(to), control, flags: flagBits('sendmsg', flags) }
  }

  // ── Receiving ───────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The next message, as soon as it comes. Who calls first is served first. At the end of a connection: `undefined`.
   *
   * The message owns the descriptors that came with it: `using message = …`, or take them. An abort loses no message:
   * what came is for the next call.
   *
   * @throws SystemError ECONNREFUSED: an earlier message to a connected peer was refused; the socket goes on working
   */
  receive(options: ReceiveOptions & Abortable = {}): Promise<Message<D> | undefined> {
    try {
      this.#check('receive on')
      const request = this.#wanted(options)
      return this.#from(request).next(request, options.signal)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /** The next message if there is one, or `undefined`; {@link ended} tells whether there will be one. @throws SystemError */
  receiveNow(options: ReceiveOptions = {}): Message<D> | undefined {
    this.#check('receive on')
    const request = this.#wanted(options)
    return this.#from(request).now(request)
  }

  /**
   * The next message, blocking the thread until it comes: for scripts and Workers. `undefined` at the end of a
   * connection, and when `timeout` milliseconds have passed.
   *
   * @throws SystemError EINTR: a signal came that the program handles, and its handler can run only once this returns
   */
  receiveSync({ timeout = Infinity, ...options }: ReceiveOptions & { readonly timeout?: number } = {}): Message<D> | undefined {
    this.#check('receive on')
    if (typeof timeout !== 'number' || Number.isNaN(timeout) || timeout < 0) throw outOfRange(`Cannot wait for ${show(timeout)} ms: expected a number from 0`)
    const wanted = this.#wanted(options)
    const { pollfd } = structs
    const deadline = performance.now() + timeout
    for (let inVain = 0; ;) {
      const message = this.#from(wanted).now(wanted)
      if (message !== undefined || this.#inbox.ended) return message
      const left = deadline - performance.now()
      if (left <= 0) return undefined
      const { address, view } = scratch(pollfd.size)
      pollfd.write(view, 0, { fd: this.#fd, events: POLLIN, revents: 0 })
      // Ready, and yet nothing to read, again and again: something stays, such as an unread error queue. A pause, then.
      const result = inVain < 3 ? sys.call('poll', address, 1, Math.min(Math.ceil(left), longestPoll)) : sys.call('poll', address, 0, Math.min(Math.ceil(left), 10))
      if (result > 0) inVain++
      // A profiler and the end of a child process interrupt, too: that is nothing to the caller.
      if (result < 0 && (result !== -errno.EINTR || handlesSignals())) throw new SystemError({ syscall: 'poll', errno: -result })
    }
  }

  /**
   * All messages that are there, as soon as there is one: `max` of them at most. At the end of a connection: none.
   */
  async receiveMany({ max = 64, signal }: Abortable & { readonly max?: number } = {}): Promise<Message<D>[]> {
    integer('receiveMany', 'max', max, 1)
    const first = await this.receive({ signal })
    if (first === undefined) return []
    return [first, ...this.#inbox.rest(plainRequest, max - 1)]
  }

  /**
   * Every message, until the peer of a connection ends it or the socket is closed. When the loop moves on, the message
   * before is disposed of: descriptors that were not taken are closed. Breaking off loses no message.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message<D>, void, undefined> {
    let last: Message<D> | undefined
    const give = (message: Message<D> | undefined): IteratorResult<Message<D>, void> => {
      last = message
      return message === undefined ? { value: undefined, done: true } : { value: message, done: false }
    }
    const iterator: AsyncIterableIterator<Message<D>, void, undefined> = {
      next: () => {
        last?.[Symbol.dispose]()
        last = undefined
        if (this.#closed) return Promise.resolve(give(undefined))
        return this.receive().then(give, (error: unknown) => {
          if (this.#closed) return give(undefined)
          throw error
        })
      },
      return: () => {
        last?.[Symbol.dispose]()
        return Promise.resolve(give(undefined))
      },
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  #from({ flags = 0 }: Request): Inbox<Message<D>, Request> {
    return (flags & MSG_ERRQUEUE) !== 0 ? this.#errors : this.#inbox
  }

  #wanted({ size, flags }: ReceiveOptions): Request {
    if (size !== undefined) integer('recvmsg', 'size', size, 0)
    const bits = flags === undefined ? 0 : flagBits('recvmsg', flags)
    return size === undefined && bits === 0 ? plainRequest : { size, flags: bits }
  }

  // ── The rest ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A socket option, as an int, or with `size` as bytes. @throws SystemError ENOPROTOOPT */
  getOption(level: number, option: number): number
  getOption(level: number, option: number, size: number): Buffer
  getOption(level: number, option: number, size?: number): number | Buffer {
    this.#check('get an option of')
    return size === undefined ? getsockopt(this.#fd, level, option) : getsockopt(this.#fd, level, option, size)
  }

  /**
   * `SO_PEERCRED`: who is at the other end of a connection, as it was when it was made: effective ids. `undefined` where
   * nobody is known: not connected, or a datagram socket that was connected by name.
   */
  peerCredentials(): Credentials | undefined {
    return peerCredentials(this)
  }

  /** `SO_PEERPIDFD`: the process at the other end, Linux 6.5; `undefined` where none is known. It is the caller's to close. */
  peerPidfd(): Pidfd | undefined {
    return peerPidfd(this)
  }

  /** `SO_PEERGROUPS`: the supplementary groups of the process at the other end, Linux 4.13; `undefined` where none is known. */
  peerGroups(): number[] | undefined {
    return peerGroups(this)
  }

  /** `SO_PEERSEC`: the security label of the other end; `undefined` where no security module gives one. */
  peerSecurity(): string | undefined {
    return peerSecurity(this)
  }

  /** Set a socket option, as an int or as bytes. @throws SystemError ENOPROTOOPT, EINVAL, EPERM */
  setOption(level: number, option: number, value: number | boolean | Uint8Array): void {
    this.#check('set an option of')
    setsockopt(this.#fd, level, option, value)
  }

  /** What is awaited of it keeps the process alive: as it is at first. */
  ref(): this {
    this.#refed = true
    this.#update()
    return this
  }

  /** What is awaited of it does not keep the process alive. */
  unref(): this {
    this.#refed = false
    this.#update()
    return this
  }

  #onReady(events: number | undefined): void {
    if (this.#connecting !== undefined) {
      // It may be another's wake, or somebody who waits for a message.
      if (((events ?? this.#watch.ready()) & ~EPOLLIN) !== 0) this.#connecting.resolve()
      return
    }
    this.#outbox.onReady(events)
    ;(this.#connections ?? this.#inbox).onReady(events)
    if (this.#errors.waiting || (this.#watch.events & EPOLLERR) !== 0) this.#errors.onReady(events)
  }

  #update(): void {
    const waiting = this.#inbox.waiting || this.#errors.waiting || this.#outbox.waiting || this.#connections?.waiting === true || this.#connecting !== undefined
    const wanted = waiting && this.#refed && !this.#closed
    if (wanted === this.#held) return
    this.#held = wanted
    if (wanted) hold()
    else release()
  }

  #check(attempt: string): void {
    if (this.#closed) throw closed(`Cannot ${attempt} a socket that is closed`)
  }

  /**
   * Close it. Whatever waits is rejected (`ERR_CMSG_CLOSED`), iterations end, messages that nobody received are disposed
   * of with their descriptors. More than once is fine.
   */
  close(): Promise<void> {
    this[Symbol.dispose]()
    return Promise.resolve()
  }

  [Symbol.dispose](): void {
    if (this.#closed) return
    this.#closed = true
    const error = closed('The socket was closed while this was waiting')
    this.#outbox.close(error)
    this.#inbox.close(error)
    this.#errors.close(error)
    this.#connections?.close(error)
    this.#connecting?.reject(error)
    this.#watch.close()
    this.#update()
    // Before the descriptor: somebody may bind there the moment it is closed.
    if (this.#file !== undefined) removeFile(this.#file)
    sys.call('close', this.#fd)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

const factsOf = <D extends AnyControlMessage>(family: number, type: number, options: ReceiveKinds<D>, adopted = false): Facts<D> =>
  ({ family, type, definitions: definitionsOf(options, familyName(family)), messageSize: messageSize(options), adopted })

const plainRequest: Request = {}
/** ms: what an int holds; in a Worker, which can be terminated only between two calls, how long that may take. */
const longestPoll = isMainThread ? constants.INT_MAX : 100
/** Whether the program listens to a signal. In a Worker nobody can. */
const handlesSignals = (): boolean => isMainThread && process.eventNames().some((name) => typeof name === 'string' && name.startsWith('SIG'))
/** System calls of one sendMany before the event loop has its turn. */
const callsPerTurn = 16

const textEncoder = new TextEncoder()
function buffersOf(data: Data): readonly Uint8Array[] {
  if (typeof data === 'string') return [textEncoder.encode(data)]
  if (data instanceof Uint8Array) return [bytes('sendmsg', 'data', data)]
  if (Array.isArray(data) && data.every((buffer) => buffer instanceof Uint8Array)) return data.length === 0 ? [new Uint8Array(0)] : data.map((buffer) => bytes('sendmsg', 'data', buffer))
  throw invalidType(`Cannot send ${show(data)}: expected a string, a Uint8Array or an array of them`)
}

// Who sends to a name mostly sends there again, and the name costs as much as the rest of the message.
let lastTo: string | undefined
let lastName: Uint8Array = new Uint8Array(0)

function nameOf(to: AddressLike): Uint8Array {
  if (typeof to === 'string') {
    if (to !== lastTo) [lastTo, lastName] = [to, encodeAddress(to)]
    return lastName
  }
  if (typeof to === 'object' && to !== null && 'unnamed' in to) {
    throw invalidAddress('Cannot send to an unnamed socket: to be answered, the sender must bind an address of its own, if only { unnamed: true }, which lets the kernel choose')
  }
  return encodeAddress(to)
}

function addressFamily(name: Uint8Array): number {
  const family = viewOf(name).getUint16(0, hostAbi().littleEndian)
  if (family !== AF_UNIX && family !== AF_INET && family !== AF_INET6) throw invalidAddress(`Cannot make a socket for ${formatAddress(decodeAddress(name))}: adopt() takes one of any family`)
  return family
}

const pause = (ms: number, signal?: AbortSignal): Promise<void> => new Promise((resolve, reject) => {
  const abort = (): void => {
    clearTimeout(timer)
    reject(signal!.reason as Error)
  }
  const timer = setTimeout(() => {
    signal?.removeEventListener('abort', abort)
    resolve()
  }, ms)
  signal?.addEventListener('abort', abort)
})
