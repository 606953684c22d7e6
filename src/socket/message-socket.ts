/**
 * MessageSocket: a socket that sends and receives messages with their ancillary data, on the event loop.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { encodeAddress, type AddressLike } from '../address/address.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { closed, invalidType, outOfRange, show } from '../errors.ts'
import { descriptor, integer, object } from '../arguments.ts'
import { getsockopt } from '../libc/options.ts'
import * as libc from '../libc/sockets.ts'
import { throwIfAborted } from '../abort.ts'
import { BaseSocket, type Facts } from './base-socket.ts'
import { blockUntilReadable } from './receiving/blocking.ts'
import { Connections } from './receiving/connections.ts'
import { Inbox } from './receiving/inbox.ts'
import { named } from '../inspect.ts'
import { iterate } from './receiving/iterate.ts'
import { contextOf, type Message } from './receiving/message.ts'
import { addressFamily, controlRoom, definitionsOf, familyName, familyNumber, messageSize, turnOn, typeNumber, type OpenOptions, type ReceiveKinds, type SocketType } from './options/options.ts'
import type { Outgoing } from './sending/lane.ts'
import { Outbox } from './sending/outbox.ts'
import { outgoing } from './sending/outgoing.ts'
import { isOwnedFd, type OwnedFd } from '../descriptors/owned-fd.ts'
import { allRequest, Source, wanted, type Request, type Wanted } from './receiving/source.ts'
import type { Abortable, BindTo, ConnectTo, Data, MessageToSend, ReceiveOptions, SendOptions } from './types.ts'

const { AF_UNIX, SOCK_STREAM, SOCK_DGRAM, SOCK_NONBLOCK, SOL_SOCKET, SO_DOMAIN, SO_TYPE, SO_ACCEPTCONN, EPOLLERR, MSG_ERRQUEUE } = constants

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
export class MessageSocket<D extends AnyControlMessage = never> extends BaseSocket<D> implements AsyncIterable<Message<D>> {
  static {
    named(this, 'MessageSocket')
  }

  readonly #inbox: Inbox<Message<D>, Wanted>
  /** The error queue: whoever waits for data does not wait for these, nor the other way round. */
  readonly #errors: Inbox<Message<D>, Wanted>
  readonly #outbox: Outbox
  #connections: Inbox<MessageSocket<D>, Request> | undefined

  private constructor(fd: number, facts: Facts<D>) {
    super(fd, facts)
    const { family, type, definitions, messageSize, adopted } = facts
    const source = new Source<D>(fd, type, contextOf(this.family, definitions, adopted), messageSize, controlRoom(definitions))
    const update = (): void => { this.update() }
    this.#inbox = new Inbox(source, this.watch, update)
    this.#errors = new Inbox({ read: (request) => source.read(request), event: EPOLLERR }, this.watch, update)
    this.#outbox = new Outbox(fd, family, type, this.watch, update)
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
  static override bind<D extends AnyControlMessage = never>(address: AddressLike, options: BindTo<D>): MessageSocket<D> {
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
  static async connect<D extends AnyControlMessage = never>(address: AddressLike, options: ConnectTo<D>): Promise<MessageSocket<D>> {
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
   * socket's from now on: whoever has the number must not close it. One that listens or connects is made non-blocking, for
   * every process that has it.
   * @throws SystemError EBADF, ENOTSOCK: and then the descriptor is still the caller's
   */
  static adopt<D extends AnyControlMessage = never>(from: number | OwnedFd, options: ReceiveKinds<D> = {}): MessageSocket<D> {
    const fd = descriptor('adopt', isOwnedFd(from) ? from.fd : from)
    object('adopt', 'options', options)
    const family = getsockopt(fd, SOL_SOCKET, SO_DOMAIN)
    const type = getsockopt(fd, SOL_SOCKET, SO_TYPE)
    const facts = factsOf(family, type, options, true)
    turnOn(fd, facts.definitions, options.passRights)
    const socket = new MessageSocket(fd, facts)
    if (type !== SOCK_DGRAM && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN) !== 0) socket.#accepting()
    if (isOwnedFd(from)) from.take()
    return socket
  }

  // ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Accept connections: a stream or seqpacket socket. `bind` of the class has done it already. */
  listen(backlog?: number): void {
    this.check('listen on')
    libc.listen(this.descriptor, backlog)
    this.#accepting()
  }

  #accepting(): void {
    if (this.#connections !== undefined) return
    // A connection that is gone again would block the loop.
    this.neverBlock()
    this.#connections = new Inbox(
      new Connections(this.descriptor, (fd) => new MessageSocket(fd, this.facts)), this.watch, () => { this.update() },
    )
  }

  /**
   * The next connection, as a socket that receives what this one was asked to.
   * @throws SystemError EMFILE: RLIMIT_NOFILE is reached, and the connection still waits
   */
  async accept(options: Abortable = {}): Promise<MessageSocket<D>> {
    this.check('accept on')
    const { signal } = object('accept', 'options', options)
    const connection = await this.#listening('accept on').next({}, signal)
    if (connection === undefined) throw closed('Cannot accept on a socket that was shut down')
    return connection
  }

  /** Every connection, until the socket is closed. */
  async *connections(options: Abortable = {}): AsyncGenerator<MessageSocket<D>, void, undefined> {
    this.check('accept on')
    const { signal } = object('accept', 'options', options)
    const incoming = this.#listening('accept on')
    for (;;) {
      let connection: MessageSocket<D> | undefined
      try {
        connection = await incoming.next({}, signal)
      } catch (error) {
        if (this.closed) return
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
      return this.#outbox.send(this.#outgoing(data, options), options.signal)
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
    return this.#outbox.now(this.#outgoing(data, options))
  }

  /**
   * Send messages, many in one system call, in their order; what is sent later to the same destination goes after them.
   * Leave their data and their descriptors alone until the promise is settled: they may have to wait for room.
   *
   * @returns how many: all of them
   * @throws SystemError as {@link send}, for the first that cannot be sent; those before it are sent, those after it not
   */
  async sendMany(messages: readonly MessageToSend[], options: Abortable = {}): Promise<number> {
    const { signal } = object('sendMany', 'options', options)
    if (!Array.isArray(messages)) throw invalidType(`Cannot send ${show(messages)}: expected an array of { data, … }`)
    const list = (messages as readonly MessageToSend[]).map((message) => this.#outgoing(object('sendMany', 'message', message).data, message))
    throwIfAborted(signal)
    let i = 0
    // Where something waits already, or a part may be sent, each takes its turn; and so that others have theirs, the rest of many.
    const batched = this.facts.type !== SOCK_STREAM && !this.#outbox.waiting
    for (let calls = 0; batched && i < list.length && calls < callsPerTurn; calls++) {
      const sent = this.#outbox.many(list, i)
      if (sent === 0) break
      i += sent
    }
    if (i < list.length) await this.#outbox.sendAll(list.slice(i), signal)
    return list.length
  }

  #outgoing(data: Data, options: SendOptions): Outgoing {
    this.check('send on')
    return outgoing(data, object('sendmsg', 'options', options), this.facts.type, this.family)
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
      this.#checkReceiving()
      const request = this.#wanted(options)
      return this.#from(request).next(request, options.signal)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /** The next message if there is one, or `undefined`; {@link ended} tells whether there will be one. @throws SystemError */
  receiveNow(options: ReceiveOptions = {}): Message<D> | undefined {
    this.#checkReceiving()
    const request = this.#wanted(options)
    return this.#from(request).now(request)
  }

  /**
   * The next message, blocking the thread until it comes: for scripts and Workers. `undefined` at the end of a
   * connection, and when `timeout` milliseconds have passed.
   *
   * @throws SystemError EINTR: a signal came that the program handles, and its handler can run only once this returns
   */
  receiveSync(options: ReceiveOptions & { readonly timeout?: number } = {}): Message<D> | undefined {
    this.#checkReceiving()
    const { timeout = Infinity } = object('recvmsg', 'options', options)
    if (typeof timeout !== 'number' || Number.isNaN(timeout) || timeout < 0) throw outOfRange(`Cannot wait for ${show(timeout)} ms: expected a number from 0`)
    const request = this.#wanted(options)
    const deadline = performance.now() + timeout
    for (let inVain = 0; ;) {
      const message = this.#from(request).now(request)
      if (message !== undefined || this.#inbox.ended) return message
      const left = deadline - performance.now()
      if (left <= 0) return undefined
      if (blockUntilReadable(this.descriptor, left, inVain)) inVain++
    }
  }

  /**
   * All messages that are there, as soon as there is one: `max` of them at most. At the end of a connection: none.
   */
  async receiveMany(options: Abortable & { readonly max?: number } = {}): Promise<Message<D>[]> {
    const { max = 64, signal } = object('receiveMany', 'options', options)
    integer('receiveMany', 'max', max, 1)
    this.#checkReceiving()
    const first = await this.#inbox.next(allRequest, signal)
    if (first === undefined) return []
    return this.#inbox.rest([first], allRequest, max)
  }

  /** Whether the peer of a connection has ended it, and everything it sent was received. */
  get ended(): boolean {
    return this.#inbox.ended
  }

  /**
   * Every message, until the peer of a connection ends it or the socket is closed. When the loop moves on, the message
   * before is disposed of: descriptors that were not taken are closed. Breaking off loses no message.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message<D>, void, undefined> {
    return iterate(this)
  }

  #from({ flags = 0 }: Request): Inbox<Message<D>, Wanted> {
    return (flags & MSG_ERRQUEUE) !== 0 ? this.#errors : this.#inbox
  }

  #checkReceiving(): void {
    this.check('receive on')
    // The kernel would say EINVAL, but to wait for a message that cannot come is to wait for ever.
    if (this.#connections !== undefined) throw outOfRange('Cannot receive on a socket that listens: accept() and connections() give sockets that do')
  }

  #wanted(options: ReceiveOptions): Wanted {
    return wanted(object('recvmsg', 'options', options))
  }

  protected override get waiting(): boolean {
    return this.#inbox.waiting || this.#errors.waiting || this.#outbox.waiting || this.#connections?.waiting === true
  }

  protected override onReady(events: number | undefined): void {
    this.#outbox.onReady(events)
    // First: an error that is taken from the error queue is not reported to the next who receives.
    if (this.#errors.waiting || (this.watch.events & EPOLLERR) !== 0) this.#errors.onReady(events)
    ;(this.#connections ?? this.#inbox).onReady(events)
  }

  protected override end(error: Error): void {
    this.#outbox.close(error)
    this.#inbox.close(error)
    this.#errors.close(error)
    this.#connections?.close(error)
  }
}

const factsOf = <D extends AnyControlMessage>(family: number, type: number, options: ReceiveKinds<D>, adopted = false): Facts<D> =>
  ({ family, type, definitions: definitionsOf(options, familyName(family)), messageSize: messageSize(options), adopted })

/** System calls of one sendMany before the event loop has its turn. */
const callsPerTurn = 4
