/**
 * MessageSocket: a socket that sends and receives messages with their ancillary data, on the event loop.
 * @module
 */
import { asyncDispose, dispose } from '../dispose.ts'
import { decodeAddress, encodeAddress, type Address, type AddressLike } from '../address/address.ts'
import { throwIfAborted } from '../abort.ts'
import { integer, object } from '../arguments.ts'
import type { AnyControlMessage } from '../control/define.ts'
import type { Credentials } from '../control/kinds/socket.ts'
import { OwnedFd } from '../descriptors/owned-fd.ts'
import { attempt, closed, invalidType, outOfRange, show, unsupported } from '../errors.ts'
import type { Pidfd } from '../identity/pidfd.ts'
import { shownAs } from '../inspect.ts'
import { getsockopt } from '../libc/options.ts'
import * as libc from '../libc/sockets.ts'
import type { Adoptable } from './adoptable.ts'
import type { Core } from './core.ts'
import type { MessageDuplex, ToDuplexOptions } from './duplex/message-duplex.ts'
import { bindFile } from './file/bind.ts'
import { forgotten } from './forgotten.ts'
import { acceptedCore, adoptedCore, boundCore, coreFor, duplexOf, onlyListens, openCore, pairedCores } from './making.ts'
import { setMembership, type GroupOptions } from './options/multicast.ts'
import { typeName, type BindOptions, type OpenOptions, type ReceiveKinds, type SocketType } from './options/options.ts'
import { peerCredentials, peerGroups, peerPidfd, peerSecurity } from './peer/peer.ts'
import { blockUntilReadable } from './receiving/blocking.ts'
import { iterate } from './receiving/iterate.ts'
import type { Message } from './receiving/message.ts'
import type { Receiver } from './receiving/receiver.ts'
import { plainRequest, requestOf, type ReceiveRequest } from './receiving/request.ts'
import { outgoing, type Outgoing } from './sending/outgoing.ts'
import { uncloneable } from './uncloneable.ts'
import type { Abortable, AdoptOptions, BindTo, ConnectTo, Counters, Data, MessagesOptions, MessageToSend, ReceiveOptions, SendOptions } from './types.ts'

/** Called by `rights([socket])`: whoever gets the socket must find it as it would be without us. */
const share = Symbol.for('cmsg.share')

/**
 * A socket for messages with ancillary data: Unix datagram, seqpacket and stream sockets, UDP, and any other that is
 * adopted.
 *
 * It owns one descriptor, which it closes. It keeps the process alive while something is awaited of it, and only then. A
 * socket that is neither closed nor detached when it becomes garbage is closed, with a warning (`CmsgWarning`, code
 * `CMSG_FORGOTTEN_SOCKET`).
 *
 * Every method throws, or rejects with, an Error `ERR_CMSG_CLOSED` once the socket is closed or detached, and a TypeError
 * or RangeError `ERR_CMSG_*` for arguments that cannot be; a SystemError is the kernel's refusal, named by its errno.
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
    uncloneable(this)
  }

  // ── Making one ──────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * `socket(2)`: a new socket, neither bound nor connected.
   *
   * @throws SystemError EMFILE: RLIMIT_NOFILE is reached; EAFNOSUPPORT: the kernel lacks the family
   * @throws Error `ERR_CMSG_UNSUPPORTED` when a kind cannot be received on such a socket or by this kernel; TypeError
   * `ERR_CMSG_INVALID_DEFINITION` when a kind is of another family
   */
  static open<D extends AnyControlMessage = never>(options: OpenOptions<D>): MessageSocket<D> {
    return new MessageSocket(openCore(options))
  }

  /**
   * `socket(2)` and `bind(2)`: a socket bound to an address; a stream or seqpacket socket also listens (`listen(2)`). The
   * kinds of `receive` are turned on before it has a name, so that no message arrives without them; accepted sockets
   * receive the same.
   *
   * With `unlink` a socket file that nobody is bound to is replaced, and ours is removed at close. With `mode` the file has
   * exactly these permissions, and never wider ones, not even at first.
   *
   * @throws SystemError EADDRINUSE: the message says who has the address; EACCES, ENOENT: the directory of a pathname
   * @throws RangeError `ERR_CMSG_INVALID_ADDRESS`; `ERR_CMSG_OUT_OF_RANGE` for a `mode` over 0o777 or without a pathname
   * @example
   * import { MessageSocket, credentials } from 'cmsg'
   *
   * const path = '/tmp/cmsg-example.sock'
   * const server = MessageSocket.bind(path, { type: 'datagram', receive: [credentials], unlink: true, mode: 0o600 })
   * console.log(server.address) // { path: '/tmp/cmsg-example.sock' }
   * await server.close()
   */
  static bind<D extends AnyControlMessage = never>(address: AddressLike, options: BindTo<D>): MessageSocket<D> {
    return new MessageSocket(boundCore(address, options, (core) => { bindCore(core, address, options) }, (core) => { listen(core, options.backlog) }))
  }

  /**
   * `socket(2)` and `connect(2)`: a socket connected to an address. It waits while the backlog of a listener is full.
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

  /**
   * `socketpair(2)`: two Unix sockets connected with each other. `second` has the options of the second one, which may
   * receive other kinds; without it both have those of the first.
   * @throws SystemError EMFILE: RLIMIT_NOFILE is reached
   * @example
   * import { MessageSocket, credentials, rights } from 'cmsg'
   *
   * const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: [credentials] }, { receive: [rights] })
   * await b.send('from b')
   * const message = await a.receive()
   * console.log(message?.get(credentials)?.uid === process.getuid?.()) // true
   * await a.close()
   * await b.close()
   */
  static pair<D extends AnyControlMessage = never, E extends AnyControlMessage = D>(
    options: ReceiveKinds<D> & { readonly type: SocketType }, second: ReceiveKinds<E> = options as ReceiveKinds<AnyControlMessage> as ReceiveKinds<E>,
  ): [MessageSocket<D>, MessageSocket<E>] {
    const [a, b] = pairedCores(options, second)
    return [new MessageSocket(a), new MessageSocket(b)]
  }

  /**
   * A socket from a descriptor, a number or an {@link OwnedFd}: of any family, connected, bound, listening, or none of
   * these. The socket owns it from now on: nobody else may close the number.
   *
   * Or from a `net.Socket`, `net.Server` or `dgram.Socket`: its descriptor is duplicated, and Node's object is closed without
   * ending the connection. Of a connection Node must not have read anything yet: create the server with `pauseOnConnect`.
   *
   * One that listens or connects is made non-blocking (O_NONBLOCK), for every process that has it; {@link detach} undoes
   * that. No message is read ahead unless `readAhead` says so. With `unlink` the file that a Unix socket is bound to is
   * removed at close: so the removal is taken over from a socket that was detached.
   * @throws SystemError EBADF, ENOTSOCK; RangeError `ERR_CMSG_OUT_OF_RANGE` for a connection that Node has read from. The
   * descriptor then stays the caller's, whatever the error
   */
  static adopt<D extends AnyControlMessage = never>(from: Adoptable, options: AdoptOptions<D> = {}): MessageSocket<D> {
    return new MessageSocket(adoptedCore(from, options, accept))
  }

  // ── What it is ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The number of the descriptor. The socket goes on owning it: do not close it, nor read from it. */
  get fd(): number {
    this.#core.check('use')
    return this.#core.fd
  }

  /** True after {@link close} and {@link detach}. */
  get closed(): boolean {
    return this.#core.state !== 'open'
  }

  /** `getsockname(2)`: the socket's own address; `{ unnamed: true }` when it has none. @throws SystemError where its family has no addresses */
  get address(): Address {
    this.#core.check('get the address of')
    return decodeAddress(libc.getsockname(this.#core.fd))
  }

  /** `getpeername(2)`: the address of the peer; undefined when the socket is not connected. */
  get remoteAddress(): Address | undefined {
    this.#core.check('get the remote address of')
    return attempt(() => decodeAddress(libc.getpeername(this.#core.fd)))
  }

  /**
   * Bytes of data that {@link send} and {@link sendMany} accepted and the kernel does not have yet, over all destinations.
   * It is 0 after {@link close} and {@link detach}.
   */
  get bufferedAmount(): number {
    return this.#core.sender.buffered
  }

  /** A snapshot of the counts of this socket. It may be read after {@link close} too. */
  get counters(): Counters {
    return { droppedReports: this.#core.droppedReports }
  }

  /**
   * `bind(2)`: give the socket an address. `{ unnamed: true }` lets the kernel choose an abstract name (autobind).
   * @throws SystemError EADDRINUSE, EACCES, ENOENT; EINVAL: it has an address already
   */
  bind(address: AddressLike, options: BindOptions = {}): void {
    this.#core.check('bind')
    bindCore(this.#core, address, object('bind', 'options', options))
  }

  /**
   * `connect(2)`: connect to an address, waiting while the backlog of a listener is full. A datagram socket then sends there
   * by default and hears only from there. When a Unix datagram peer has gone, one send rejects with ECONNREFUSED, and the
   * next one connects to the same address again. With that ECONNREFUSED the kernel also discards the messages that this
   * socket had not received yet.
   * @throws SystemError ECONNREFUSED, ENOENT: nobody is there; EACCES; EPROTOTYPE: it is a socket of another type
   */
  async connect(address: AddressLike, options: Abortable = {}): Promise<void> {
    this.#core.check('connect')
    const { signal } = object('connect', 'options', options)
    await this.#core.connect(encodeAddress(address), signal)
  }

  /** `getsockopt(2)`: the value of an option as an int, or with `size` as up to so many bytes. @throws SystemError ENOPROTOOPT */
  getOption(level: number, option: number): number
  getOption(level: number, option: number, size: number): Buffer
  getOption(level: number, option: number, size?: number): number | Buffer {
    this.#core.check('get an option of')
    return size === undefined ? getsockopt(this.#core.fd, level, option) : getsockopt(this.#core.fd, level, option, size)
  }

  /**
   * `setsockopt(2)`: set an option, as an int or as bytes. An option that makes control messages come gets room for them.
   * @throws SystemError ENOPROTOOPT, EINVAL, EPERM
   */
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
   * const receiver = MessageSocket.open({ family: 'inet', type: 'datagram', receive: [packetInfo] })
   * receiver.setOption(SOL_SOCKET, SO_REUSEADDR, 1)
   * receiver.bind({ address: group, port: 0 })
   * receiver.joinGroup(group, { interface: 'lo' })
   *
   * // By which interface it goes, and how far: options of the sender.
   * const sender = MessageSocket.open({ family: 'inet', type: 'datagram' })
   * const request = new Uint8Array(structs.ip_mreqn.size)
   * structs.ip_mreqn.write(new DataView(request.buffer), 0, { imr_multiaddr: new Uint8Array(4), imr_address: new Uint8Array(4), imr_ifindex: 1 })
   * sender.setOption(SOL_IP, IP_MULTICAST_IF, request)
   * sender.setOption(SOL_IP, IP_MULTICAST_TTL, 1)
   * await sender.send('to all who listen', { to: receiver.address })
   * const message = await receiver.receive()
   * console.log(String(message!.data), message!.get(packetInfo)!.address) // to all who listen 239.1.2.3
   * await receiver.close()
   * await sender.close()
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

  /**
   * `listen(2)`: accept connections on a stream or seqpacket socket. `MessageSocket.bind` has done it already. `backlog`
   * connections may wait to be accepted.
   * @throws SystemError ENOTSUP: a datagram socket; EINVAL: a Unix socket that is not bound, or one that is connected
   */
  listen(backlog?: number): void {
    this.#core.check('listen on')
    listen(this.#core, backlog)
  }

  /**
   * `accept4(2)`: the next connection, as a socket that receives the same kinds as this one. An abort loses no connection.
   * @throws SystemError EMFILE: RLIMIT_NOFILE is reached, and the connection still waits
   * @throws RangeError `ERR_CMSG_OUT_OF_RANGE` when the socket does not listen
   */
  async accept(options: Abortable = {}): Promise<MessageSocket<D>> {
    this.#core.check('accept on')
    const { signal } = object('accept', 'options', options)
    const core = await this.#listening('accept on').next(plainRequest, signal)
    if (core === undefined) throw closed('Cannot accept on a socket that was shut down')
    return new MessageSocket(core)
  }

  /** Every connection, one after the other, until the socket is closed. @throws SystemError as {@link accept}; the loop ends then */
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
   * `sendmsg(2)`: send a message, waiting for room. Messages to one destination keep their order. A stream takes all of the
   * data, in several calls if need be: descriptors go with the first byte, stated credentials with every part, a timestamp
   * request with the last byte.
   *
   * The data is not copied while it waits: leave it alone until the promise is settled. Descriptors are duplicated: the
   * sender may close its own at once. An abort takes back a message that has not begun to go; a message of a stream that
   * has begun goes out whole.
   *
   * Only so much may wait: 1,024 messages or 1 MiB for each destination of an unconnected socket, 65,536 messages or 64 MiB
   * for each socket, 256 MiB for all sockets of a thread. Beyond a limit `send` rejects with `ERR_CMSG_BACKLOG`, and the
   * message is not queued. One message is accepted where none waits, whatever its size, so a program that awaits each send
   * never sees this error. A send that is not awaited needs a `catch`, or its rejection ends the process;
   * {@link flush} awaits all of them.
   *
   * @returns the bytes sent: all of them
   * @throws SystemError EMSGSIZE: larger than the socket takes; ECONNREFUSED, ENOENT: nobody is there; EPIPE: the peer has
   * closed; EPERM, ESRCH: credentials that may not be stated; ENOTCONN: neither connected nor told where to. When a stream
   * breaks off in the middle of a message, the error has `sent`, the bytes that went, and every later send rejects with
   * `ERR_CMSG_CLOSED`, or with EPIPE and its like where the connection has ended: half a message is in the stream.
   * @throws Error `ERR_CMSG_BACKLOG`: too much waits already; `ERR_CMSG_UNSUPPORTED`: a control message that the kernel
   * would drop on this socket or for this destination; `ERR_CMSG_CLOSED`, also when the socket is closed meanwhile
   * @throws RangeError `ERR_CMSG_OUT_OF_RANGE`: a flag that is not allowed ({@link SendOptions}), over 253 descriptors
   */
  send(data: Data, options: SendOptions & Abortable = {}): Promise<number> {
    try {
      return this.#core.sender.send(this.#outgoing(data, options), options.signal)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /**
   * `sendmsg(2)` with `MSG_DONTWAIT`: send a message at once, or not at all. It overtakes no message that waits for the same
   * destination.
   * @returns the bytes sent, of a stream perhaps not all; `undefined` when it would have to wait
   * @throws SystemError as {@link send}
   */
  sendNow(data: Data, options: SendOptions = {}): number | undefined {
    return this.#core.sender.now(this.#outgoing(data, options))
  }

  /**
   * `sendmmsg(2)`: send messages in their order, up to 256 in one system call; a later send to the same destination goes
   * after them. Leave their data and their descriptors alone until the promise is settled: they may have to wait for room.
   * The list is taken from as room comes, so it counts against no limit but `bufferedAmount` has its bytes.
   *
   * @returns the number of messages sent: all of them
   * @throws SystemError as {@link send}, for the first message that cannot be sent, with `sent`, the number of messages
   * before it: those are sent, the ones after it are not
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
   * Resolves when every send made before it has settled, so that no message is lost at {@link close}, {@link detach} or
   * `process.exit()`. It does not tell if one failed: the promise of that send does.
   *
   * @throws the reason of `signal` on abort; Error `ERR_CMSG_CLOSED` when the socket is closed meanwhile
   * @example
   * import { MessageSocket } from 'cmsg'
   *
   * const [a, b] = MessageSocket.pair({ type: 'stream' })
   * a.send(new Uint8Array(1_000_000)).catch((error) => console.error('not sent:', error.code))
   * console.log(a.bufferedAmount > 0) // true
   * const reading = b.messages()
   * let received = 0
   * const counted = (async () => { for await (const message of reading) received += message.length })()
   * await a.flush()
   * console.log(a.bufferedAmount) // 0
   * await a.close()
   * await counted
   * console.log(received) // 1000000
   * await b.close()
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
   * `recvmsg(2)`: the next message, as soon as it comes; `undefined` at the end of a connection. Calls are served in order,
   * separately for data, urgent data (`MSG_OOB`) and the error queue (`MSG_ERRQUEUE`).
   *
   * The message owns the descriptors that came with it: take those to keep, and dispose of the message. An abort loses no
   * message: the one that came is for the next call.
   *
   * @throws SystemError ECONNREFUSED: an earlier message to a connected peer was refused; one call is rejected, and the
   * socket goes on working. An unconnected socket rejects none: reports of the network are in its error queue
   * @throws RangeError `ERR_CMSG_OUT_OF_RANGE`: a flag that is not allowed ({@link ReceiveOptions}), or a socket that listens
   * @throws Error `ERR_CMSG_UNSUPPORTED`: `MSG_ERRQUEUE` on a family without an error queue; `ERR_CMSG_CLOSED`, also when
   * the socket is closed or detached meanwhile
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
   * `recvmsg(2)` with `MSG_DONTWAIT`: the next message if there is one, or `undefined`; {@link ended} tells that there will
   * be none. It is `undefined` too while another receive waits: the next message is for that one.
   * @throws SystemError, RangeError and Error as {@link receive}
   */
  receiveNow(options: ReceiveOptions = {}): Message<D> | undefined {
    return this.#core.now(this.#request(options))
  }

  /**
   * `recvmsg(2)`: the next message, blocking the thread until it comes: for scripts and Workers. `undefined` at the end of a
   * connection, and when `timeout` milliseconds have passed; without `timeout` it waits as long as it takes.
   *
   * @throws RangeError `ERR_CMSG_OUT_OF_RANGE` while another receive waits: the next message is for that one
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
   * `recvmmsg(2)`: all messages that are there, as soon as there is one: at most `max` of them, 64 if absent. An empty list
   * at the end of a connection.
   *
   * It ignores `readAhead`, and may give fewer than are there: of messages with descriptors only as many as keep the
   * descriptors that nobody has received yet within their limit ({@link ReceiveKinds.readAhead}).
   * @throws SystemError, RangeError and Error as {@link receive}
   */
  async receiveMany(options: Abortable & { readonly max?: number } = {}): Promise<Message<D>[]> {
    const { max = 64, signal } = object('receiveMany', 'options', options)
    integer('receiveMany', 'max', max, 1)
    this.#checkReceiving()
    return this.#core.data.many({ ...plainRequest, max }, signal)
  }

  /** True once the peer of a connection has ended it and every message of it was received. */
  get ended(): boolean {
    return this.#core.data.ended
  }

  /** Every message: {@link messages} without options. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message<D>, void, undefined> {
    return this.messages()
  }

  /**
   * Every message, until the peer of a connection ends it or the socket is closed or detached: `for await (const message of
   * socket)` does the same. When the loop moves on, the message before is disposed of: descriptors that were not taken are
   * closed. A break loses no message, and two loops at once share them.
   *
   * With `dispose: false` no message is disposed of: for consumers that fetch ahead, such as `Readable.from`, which dispose
   * of each message themselves. With `signal` the iteration rejects on abort.
   *
   * @throws SystemError as {@link receive}; a new loop goes on with the next message
   * @example
   * import { Readable } from 'node:stream'
   * import { MessageSocket, rights } from 'cmsg'
   *
   * const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: [rights] })
   * await a.send('one', { control: [rights([1])] })
   * await a.send('two')
   * await a.close()
   * for await (const message of Readable.from(b.messages({ dispose: false }))) {
   *   console.log(String(message.data), message.get(rights)?.length ?? 0) // one 1, then two 0
   *   message[Symbol.dispose]()
   * }
   * await b.close()
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

  /** Lets the process stay alive while something is awaited of the socket, as it does at first. */
  ref(): this {
    this.#core.refed = true
    return this
  }

  /** Lets the process end even while something is awaited of the socket. */
  unref(): this {
    this.#core.refed = false
    return this
  }

  /**
   * Gives the descriptor away, at once, together with the messages that were read ahead and not received. The caller owns
   * both. The descriptor may have another number than {@link fd} had, as it does in a Worker.
   *
   * Receives that wait reject with `ERR_CMSG_CLOSED`, iterations end, and O_NONBLOCK and SO_TIMESTAMP are as they were
   * before this library set them. A socket file stays: `MessageSocket.adopt(fd, { unlink: true })` takes over its removal.
   *
   * @throws Error `ERR_CMSG_BACKLOG` while something waits to be sent: await {@link flush} first; `ERR_CMSG_CLOSED`
   * @throws SystemError EMFILE, in a Worker only; the socket is then as it was
   * @example
   * import { MessageSocket } from 'cmsg'
   *
   * const [a, b] = MessageSocket.pair({ type: 'datagram' })
   * for (const text of ['one', 'two', 'three']) await a.send(text)
   * console.log(String((await b.receive())?.data)) // one
   *
   * const { fd, messages } = b.detach()
   * for (const message of messages) console.log(String(message.data)) // two, then three
   * const heir = MessageSocket.adopt(fd)
   * await a.send('four')
   * console.log(String((await heir.receive())?.data)) // four
   * await a.close()
   * await heir.close()
   */
  detach(): { fd: OwnedFd; messages: Message<D>[] } {
    const { fd, messages } = this.#core.detach()
    forgotten.unregister(this)
    // What is in its queue comes from a peer.
    return { fd: new OwnedFd(fd, 'detached'), messages }
  }

  /**
   * A Node stream of the bytes of a connected stream socket, which carries file descriptors beside them: for programs that
   * speak D-Bus, X11 or Wayland, and for whatever takes a `Duplex`. It takes the socket over: this object is closed from
   * then on, as after {@link detach}.
   *
   * @throws Error `ERR_CMSG_UNSUPPORTED`: no stream socket, or one that listens; `ERR_CMSG_BACKLOG` while something waits to be
   * sent; `ERR_CMSG_CLOSED`
   * @example
   * import { closeSync, openSync, readFileSync } from 'node:fs'
   * import { MessageSocket, rights } from 'cmsg'
   *
   * const [a, b] = MessageSocket.pair({ type: 'stream', receive: [rights] }).map((socket) => socket.toDuplex())
   * const file = openSync('/etc/hostname', 'r')
   * a!.writeWithFds('a file', [file])
   * a!.end()
   * closeSync(file) // it was duplicated
   *
   * // Before the chunk that holds its byte. The listener owns it.
   * b!.on('fds', ([received]: number[]) => {
   *   console.log(readFileSync(received!, 'utf8') === readFileSync('/etc/hostname', 'utf8')) // true
   *   closeSync(received!)
   * })
   * for await (const chunk of b!) console.log(String(chunk)) // a file
   */
  toDuplex(options: ToDuplexOptions = {}): MessageDuplex {
    const core = this.#core
    core.check('make a stream of')
    const { highWaterMark = 0 } = object('toDuplex', 'options', options)
    integer('toDuplex', 'highWaterMark', highWaterMark, 0)
    if (!core.sending.isStream || core.connections !== undefined) throw unsupported('Cannot make a stream of this socket: it has messages or connections, and only a connected stream socket has bytes')
    const duplex = duplexOf(core, options)
    forgotten.unregister(this)
    return duplex
  }

  /** What `Duplex.from(socket)` asks for. It would make an iterable of it, which can neither be written to nor keep descriptors. @internal */
  get pipe(): undefined {
    if (this.#core.sending.isStream) throw unsupported('Cannot use a MessageSocket as a stream of Node: toDuplex() makes one of it, and messages() iterates over its messages')
    return undefined
  }

  /** @internal */
  [share](): void {
    this.#core.share()
  }

  /**
   * `close(2)`: close the socket, at once; the promise always fulfils. Sends and receives that wait reject with
   * `ERR_CMSG_CLOSED`, iterations end, messages that nobody received are disposed of with their descriptors, and with
   * `unlink` the socket file is removed. More than once is fine. It does not wait for sends: {@link flush} does.
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
