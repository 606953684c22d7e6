/**
 * MessageSocket: a socket that sends and receives messages with their ancillary data, on the event loop.
 * @module
 */
import { asyncDispose, dispose } from '../dispose.ts'
import { decodeAddress, encodeAddress, type Address, type AddressLike } from '../address/address.ts'
import { throwIfAborted } from '../abort.ts'
import { integer, object } from '../arguments.ts'
import type { AnyControlMessage } from '../control/define.ts'
import type { Credentials } from '../control/socket.ts'
import { Forgotten } from '../descriptors/forgotten.ts'
import { OwnedFd } from '../descriptors/owned-fd.ts'
import { attempt, closed, invalidType, outOfRange, show } from '../errors.ts'
import type { Pidfd } from '../identity/pidfd.ts'
import { shownAs } from '../inspect.ts'
import { getsockopt } from '../libc/options.ts'
import * as libc from '../libc/sockets.ts'
import type { Core } from './core.ts'
import { bindFile, fileOf } from './file/bind.ts'
import { acceptedCore, adoptedCore, boundCore, coreFor, onlyListens, openCore, pairedCores } from './making.ts'
import { setMembership, type GroupOptions } from './options/multicast.ts'
import { typeName, type BindOptions, type OpenOptions, type ReceiveKinds, type SocketType } from './options/options.ts'
import { peerCredentials, peerGroups, peerPidfd, peerSecurity } from './peer/peer.ts'
import { blockUntilReadable } from './receiving/blocking.ts'
import { iterate } from './receiving/iterate.ts'
import type { Message } from './receiving/message.ts'
import type { Receiver } from './receiving/receiver.ts'
import { plainRequest, requestOf, type ReceiveRequest } from './receiving/request.ts'
import { outgoing, type Outgoing } from './sending/outgoing.ts'
import type { Abortable, AdoptOptions, BindTo, ConnectTo, Counters, Data, MessagesOptions, MessageToSend, ReceiveOptions, SendOptions } from './types.ts'

// A socket that nobody has any more, and nothing waits for.
const forgotten = new Forgotten<Core>((core) => {
  if (core.state !== 'open') return undefined
  const { fd } = core
  core.close()
  return `A socket, file descriptor ${fd}, was forgotten: it is closed now. Close it, or dispose of it.`
}, 'CMSG_FORGOTTEN_SOCKET')

/** Called by `rights([socket])`: whoever gets the socket must find it as it would be without us. */
const share = Symbol.for('cmsg.share')

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
export class MessageSocket<D extends AnyControlMessage = never> implements AsyncIterable<Message<D>>, AsyncDisposable, Disposable {
  static {
    shownAs(this, 'MessageSocket', (socket) => {
      const core = socket.#core
      if (core.state !== 'open') return { [core.state]: true }
      const { fd, familyName, facts } = core
      const { remoteAddress } = socket
      return {
        fd, family: familyName ?? facts.family, type: typeName(facts.type), address: attempt(() => socket.address),
        ...(remoteAddress === undefined ? {} : { remoteAddress }),
      }
    })
  }

  readonly #core: Core

  private constructor(core: Core) {
    this.#core = core
    core.socket = this
    forgotten.register(this, core)
  }

  // ── Making one ──────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * A new socket, neither bound nor connected.
   * @throws SystemError EMFILE: RLIMIT_NOFILE is reached; Error `ERR_CMSG_UNSUPPORTED` when a kind cannot be received
   */
  static open<D extends AnyControlMessage = never>(options: OpenOptions<D>): MessageSocket<D> {
    return new MessageSocket(openCore(options))
  }

  /**
   * A socket bound to an address; a stream or seqpacket socket also listens. What it is to `receive` is turned on before
   * it has a name, so that nothing arrives without it; accepted sockets receive the same.
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
    return new MessageSocket(boundCore(address, options, (core) => { bindCore(core, address, options) }, (core) => { listen(core, options.backlog) }))
  }

  /**
   * A socket connected to an address.
   * @throws SystemError ECONNREFUSED, ENOENT: nobody is there; EACCES; EPROTOTYPE: it is a socket of another type
   */
  static async connect<D extends AnyControlMessage = never>(address: AddressLike, options: ConnectTo<D>): Promise<MessageSocket<D>> {
    const { type, signal } = object('connect', 'options', options)
    const socket = new MessageSocket(coreFor(address, type, options))
    try {
      await socket.connect(address, { signal })
    } catch (error) {
      await socket.close()
      throw error
    }
    return socket
  }

  /** Two sockets connected with each other. The second may receive something else than the first. */
  static pair<D extends AnyControlMessage = never, E extends AnyControlMessage = D>(
    options: ReceiveKinds<D> & { readonly type: SocketType }, second: ReceiveKinds<E> = options as ReceiveKinds<AnyControlMessage> as ReceiveKinds<E>,
  ): [MessageSocket<D>, MessageSocket<E>] {
    const [a, b] = pairedCores(options, second)
    return [new MessageSocket(a), new MessageSocket(b)]
  }

  /**
   * A socket from a descriptor, a number or an OwnedFd: of any family, connected, bound, listening, or not. It is the
   * socket's from now on: whoever has the number must not close it. One that listens or connects is made non-blocking, for
   * every process that has it. Nothing is read ahead unless `readAhead` says so. With `unlink` its socket file is removed
   * at close.
   * @throws SystemError EBADF, ENOTSOCK: and then the descriptor is still the caller's
   */
  static adopt<D extends AnyControlMessage = never>(from: number | OwnedFd, options: AdoptOptions<D> = {}): MessageSocket<D> {
    const core = adoptedCore(from, options, accept)
    if (options.unlink === true) core.file = fileOf(core.fd)
    return new MessageSocket(core)
  }

  // ── What it is ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The descriptor. It stays the socket's. */
  get fd(): number {
    this.#core.check('use')
    return this.#core.fd
  }

  /** It was closed, or detached. */
  get closed(): boolean {
    return this.#core.state !== 'open'
  }

  /** The socket's own address; `{ unnamed: true }` when it has none. @throws SystemError where its family has no addresses */
  get address(): Address {
    this.#core.check('get the address of')
    return decodeAddress(libc.getsockname(this.#core.fd))
  }

  /** The address of the peer; undefined when it is not connected. */
  get remoteAddress(): Address | undefined {
    this.#core.check('get the remote address of')
    return attempt(() => decodeAddress(libc.getpeername(this.#core.fd)))
  }

  /** Bytes of data that were accepted by {@link send} and not yet given to the kernel, over all destinations. */
  get bufferedAmount(): number {
    return this.#core.sender.buffered
  }

  /** What has happened so far. */
  get counters(): Counters {
    return { droppedReports: this.#core.droppedReports }
  }

  /** Give it an address. `{ unnamed: true }` lets the kernel choose an abstract name (autobind). */
  bind(address: AddressLike, options: BindOptions = {}): void {
    this.#core.check('bind')
    bindCore(this.#core, address, object('bind', 'options', options))
  }

  /**
   * Connect to an address. A datagram socket then sends there by default and hears only from there. When a Unix datagram
   * peer has gone, a send is ECONNREFUSED, and the next one connects to the same address again.
   * @throws SystemError ECONNREFUSED, ENOENT: nobody is there; EACCES; EPROTOTYPE: it is a socket of another type
   */
  async connect(address: AddressLike, options: Abortable = {}): Promise<void> {
    this.#core.check('connect')
    const { signal } = object('connect', 'options', options)
    await this.#core.connect(encodeAddress(address), signal)
  }

  /** A socket option, as an int, or with `size` as bytes. @throws SystemError ENOPROTOOPT */
  getOption(level: number, option: number): number
  getOption(level: number, option: number, size: number): Buffer
  getOption(level: number, option: number, size?: number): number | Buffer {
    this.#core.check('get an option of')
    return size === undefined ? getsockopt(this.#core.fd, level, option) : getsockopt(this.#core.fd, level, option, size)
  }

  /** Set a socket option, as an int or as bytes. @throws SystemError ENOPROTOOPT, EINVAL, EPERM */
  setOption(level: number, option: number, value: number | boolean | Uint8Array): void {
    this.#core.check('set an option of')
    this.#core.setOption(level, option, value)
  }

  /**
   * `SO_PEERCRED`: the process at the other end of a connection, as it was when the connection was made: effective ids.
   * Undefined where none is known: not connected, or a datagram socket that was connected by name.
   */
  peerCredentials(): Credentials | undefined {
    return peerCredentials(this)
  }

  /** `SO_PEERPIDFD`: the process at the other end, Linux 6.5; undefined where none is known. It is the caller's to close. */
  peerPidfd(): Pidfd | undefined {
    return peerPidfd(this)
  }

  /** `SO_PEERGROUPS`: the supplementary groups of the process at the other end, Linux 4.13; undefined where none is known. */
  peerGroups(): number[] | undefined {
    return peerGroups(this)
  }

  /** `SO_PEERSEC`: the security label of the other end; undefined where no security module gives one. */
  peerSecurity(): string | undefined {
    return peerSecurity(this)
  }

  /**
   * `MCAST_JOIN_GROUP`: receive what is sent to a multicast group, IPv4 or IPv6. To hear all that comes to a port, bind
   * to the address of the group, or to any (`0.0.0.0`, `::`); for several sockets on one port, set `SO_REUSEADDR` first.
   *
   * @throws SystemError EINVAL: no multicast group; ENODEV: no interface, or no route to the group; EADDRINUSE: joined already
   * @see https://man7.org/linux/man-pages/man7/ip.7.html
   * @example
   * import { MessageSocket, constants, packetInfo, structs } from 'cmsg'
   *
   * const { SOL_SOCKET, SO_REUSEADDR, SOL_IP, IP_MULTICAST_IF, IP_MULTICAST_TTL } = constants
   * const group = '239.1.2.3'
   * await using receiver = MessageSocket.open({ family: 'inet', type: 'datagram', receive: [packetInfo] })
   * receiver.setOption(SOL_SOCKET, SO_REUSEADDR, 1)
   * receiver.bind({ address: group, port: 0 })
   * receiver.joinGroup(group, { interface: 'lo' })
   *
   * // By which interface it goes, and how far: options of the sender.
   * await using sender = MessageSocket.open({ family: 'inet', type: 'datagram' })
   * const request = new Uint8Array(structs.ip_mreqn.size)
   * structs.ip_mreqn.write(new DataView(request.buffer), 0, { imr_multiaddr: new Uint8Array(4), imr_address: new Uint8Array(4), imr_ifindex: 1 })
   * sender.setOption(SOL_IP, IP_MULTICAST_IF, request)
   * sender.setOption(SOL_IP, IP_MULTICAST_TTL, 1)
   * await sender.send('to all who listen', { to: receiver.address })
   * const message = await receiver.receive()
   * console.log(String(message!.data), message!.get(packetInfo)!.address) // to all who listen 239.1.2.3
   */
  joinGroup(group: string, options: GroupOptions = {}): void {
    this.#core.check('join a group with')
    setMembership(this.#core.fd, true, group, options)
  }

  /** `MCAST_LEAVE_GROUP`: what {@link joinGroup} joined with the same options. @throws SystemError EADDRNOTAVAIL, EINVAL: it has not */
  leaveGroup(group: string, options: GroupOptions = {}): void {
    this.#core.check('leave a group with')
    setMembership(this.#core.fd, false, group, options)
  }

  // ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Accept connections: a stream or seqpacket socket. `bind` of the class has done it already. */
  listen(backlog?: number): void {
    this.#core.check('listen on')
    listen(this.#core, backlog)
  }

  /**
   * The next connection, as a socket that receives what this one was asked to.
   * @throws SystemError EMFILE: RLIMIT_NOFILE is reached, and the connection still waits
   */
  async accept(options: Abortable = {}): Promise<MessageSocket<D>> {
    this.#core.check('accept on')
    const { signal } = object('accept', 'options', options)
    const core = await this.#listening('accept on').next(plainRequest, signal)
    if (core === undefined) throw closed('Cannot accept on a socket that was shut down')
    return new MessageSocket(core)
  }

  /** Every connection, until the socket is closed. */
  async *connections(options: Abortable = {}): AsyncGenerator<MessageSocket<D>, void, undefined> {
    this.#core.check('accept on')
    const { signal } = object('accept', 'options', options)
    const incoming = this.#listening('accept on')
    for (;;) {
      let core: Core | undefined
      try {
        core = await incoming.next(plainRequest, signal)
      } catch (error) {
        if (this.closed) return
        throw error
      }
      if (core === undefined) return
      yield new MessageSocket(core)
    }
  }

  #listening(attempt: string): Receiver<Core> {
    const { connections } = this.#core
    if (connections === undefined) throw outOfRange(`Cannot ${attempt} a socket that does not listen: call listen() first`)
    return connections
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
      return this.#core.sender.send(this.#outgoing(data, options), options.signal)
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
    return this.#core.sender.now(this.#outgoing(data, options))
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
    await this.#core.sender.many(list, signal)
    return list.length
  }

  #outgoing(data: Data, options: SendOptions): Outgoing {
    this.#core.check('send on')
    return outgoing(data, object('sendmsg', 'options', options), this.#core.sending)
  }

  /**
   * Resolves when every send made before it has settled, so that nothing is lost at {@link close} or `process.exit()`.
   * Rejects only on abort, and when the socket is closed meanwhile.
   */
  flush(options: Abortable = {}): Promise<void> {
    try {
      this.#core.check('flush')
      return this.#core.sender.flush(object('flush', 'options', options).signal)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  // ── Receiving ───────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The next message, as soon as it comes. Calls are served in order. At the end of a connection: `undefined`.
   *
   * The message owns the descriptors that came with it: `using message = …`, or take them. An abort loses no message:
   * what came is for the next call.
   *
   * @throws SystemError ECONNREFUSED: an earlier message to a connected peer was refused; the socket goes on working
   */
  receive(options: ReceiveOptions & Abortable = {}): Promise<Message<D> | undefined> {
    try {
      const request = this.#request(options)
      return this.#core.channel(request).next(request, options.signal)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /**
   * The next message if there is one, or `undefined`; {@link ended} tells that there will be none. While a receive waits
   * there is none either: messages are received in the order of the calls.
   * @throws SystemError
   */
  receiveNow(options: ReceiveOptions = {}): Message<D> | undefined {
    return this.#core.now(this.#request(options))
  }

  /**
   * The next message, blocking the thread until it comes: for scripts and Workers. `undefined` at the end of a
   * connection, and when `timeout` milliseconds have passed. Refused while another receive waits.
   *
   * @throws SystemError EINTR: a signal came that the program handles, and its handler can run only once this returns
   */
  receiveSync(options: ReceiveOptions & { readonly timeout?: number } = {}): Message<D> | undefined {
    this.#core.check('receive on')
    const { timeout = Infinity } = object('recvmsg', 'options', options)
    if (typeof timeout !== 'number' || Number.isNaN(timeout) || timeout < 0) throw outOfRange(`Cannot wait for ${show(timeout)} ms: expected a number from 0`)
    const request = this.#request(options)
    const channel = this.#core.channel(request)
    if (channel.waiting) throw outOfRange('Cannot receive synchronously while another receive waits: the next message is for that one')
    const deadline = performance.now() + timeout
    for (let idleWakes = 0; ;) {
      const message = this.#core.now(request)
      if (message !== undefined || channel.ended) return message
      const left = deadline - performance.now()
      if (left <= 0) return undefined
      if (blockUntilReadable(this.#core.fd, left, idleWakes)) idleWakes++
    }
  }

  /**
   * All messages that are there, as soon as there is one: `max` of them at most. At the end of a connection: none.
   */
  async receiveMany(options: Abortable & { readonly max?: number } = {}): Promise<Message<D>[]> {
    const { max = 64, signal } = object('receiveMany', 'options', options)
    integer('receiveMany', 'max', max, 1)
    this.#checkReceiving()
    return this.#core.data.many({ ...plainRequest, max }, signal)
  }

  /** The peer of a connection has ended it, and everything it sent was received. */
  get ended(): boolean {
    return this.#core.data.ended
  }

  /**
   * Every message, until the peer of a connection ends it or the socket is closed. When the loop moves on, the message
   * before is disposed of: descriptors that were not taken are closed. Breaking off loses no message.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message<D>, void, undefined> {
    return this.messages()
  }

  /**
   * Every message, as `for await (const message of socket)` gives them. With `dispose: false` no message is disposed of
   * when the iteration moves on: for consumers that fetch ahead, such as `Readable.from`, and dispose themselves.
   */
  messages(options: MessagesOptions = {}): AsyncIterableIterator<Message<D>, void, undefined> {
    const { dispose: disposes = true, signal } = object('messages', 'options', options)
    throwIfAborted(signal)
    const core = this.#core
    return iterate({
      isClosed: () => core.state !== 'open',
      next: (owner) => {
        try {
          this.#checkReceiving()
          return core.data.next(plainRequest, signal, owner)
        } catch (error) {
          return Promise.reject(error as Error)
        }
      },
      cancel: (owner) => { core.data.cancel(owner) },
    }, disposes)
  }

  #checkReceiving(): void {
    this.#core.check('receive on')
    // The kernel would say EINVAL, but to wait for a message that cannot come is to wait for ever.
    if (this.#core.connections !== undefined && onlyListens(this.#core)) throw outOfRange('Cannot receive on a socket that listens: accept() and connections() give sockets that do')
  }

  #request(options: ReceiveOptions): ReceiveRequest {
    this.#checkReceiving()
    return requestOf(object('recvmsg', 'options', options), this.#core.family)
  }

  // ── Its life ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What is awaited of it keeps the process alive: as it is at first. */
  ref(): this {
    this.#core.refed = true
    return this
  }

  /** What is awaited of it does not keep the process alive. */
  unref(): this {
    this.#core.refed = false
    return this
  }

  /**
   * Gives the descriptor away, with the messages that were read ahead and not received. What waits is rejected
   * (`ERR_CMSG_CLOSED`), iterations end, and options that this library set for itself are as they were. A socket file
   * stays.
   * @throws Error `ERR_CMSG_BACKLOG` while something waits to be sent: await {@link flush} first
   */
  detach(): { fd: OwnedFd; messages: Message<D>[] } {
    const { fd, messages } = this.#core.detach()
    forgotten.unregister(this)
    // What is in its queue comes from a peer.
    return { fd: new OwnedFd(fd, true), messages }
  }

  /** @internal */
  [share](): void {
    this.#core.share()
  }

  /**
   * Close it. Whatever waits is rejected (`ERR_CMSG_CLOSED`), iterations end, messages that nobody received are disposed
   * of with their descriptors. More than once is fine. It never fails, and does not wait for sends: {@link flush} does.
   */
  close(): Promise<void> {
    this.#core.close()
    forgotten.unregister(this)
    return Promise.resolve()
  }

  /** {@link close}, for `using`. */
  [dispose](): void {
    void this.close()
  }

  /** {@link close}, for `await using`. */
  [asyncDispose](): Promise<void> {
    return this.close()
  }
}

function bindCore(core: Core, address: AddressLike, { unlink, mode }: BindOptions): void {
  core.file = bindFile(core.fd, encodeAddress(address), { unlink, mode })
}

function listen(core: Core, backlog: number | undefined): void {
  libc.listen(core.fd, backlog)
  accept(core)
}

const accept = (core: Core): void => { core.listen((fd) => acceptedCore(fd, core.facts)) }
