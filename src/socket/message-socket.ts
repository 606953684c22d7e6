/**
 * MessageSocket: a socket that sends and receives messages with their ancillary data, on the event loop.
 * @module
 */
import { asyncDispose, dispose } from '../dispose.ts'
import type { Address, AddressLike } from '../address/address.ts'
import { throwIfAborted } from '../abort.ts'
import { integer, list } from '../arguments.ts'
import type { AnyControlMessage } from '../control/define.ts'
import type { Credentials } from '../control/kinds/socket.ts'
import { share } from '../descriptors/descriptor.ts'
import { OwnedFd } from '../descriptors/owned-fd.ts'
import { attempt, closed, invalidType, object, outOfRange, show, unsupported } from '../errors.ts'
import type { Pidfd } from '../identity/pidfd.ts'
import { shownAs } from '../inspect.ts'
import { addressOf, encodeAddress } from '../libc/addresses.ts'
import { getsockopt } from '../libc/options.ts'
import * as libc from '../libc/sockets.ts'
import type { Adoptable } from './adoptable.ts'
import { Core } from './core.ts'
import type { MessageDuplex, ToDuplexOptions } from './duplex/message-duplex.ts'
import { bindFile } from './file/bind.ts'
import { forgotten } from './forgotten.ts'
import { acceptedCore, adoptedCore, boundCore, coreFor, duplexOf, onlyListens, openCore, pairedCores } from './making.ts'
import { setMembership, type GroupOptions } from './options/multicast.ts'
import { typeName, type BindOptions, type OpenOptions, type ReceiveKinds, type SocketType } from './options/options.ts'
import { peerCredentials, peerGroups, peerPidfd, peerSecurity } from './peer/peer.ts'
import { blockUntilReady } from './receiving/blocking.ts'
import { iterate } from './receiving/iterate.ts'
import type { Message } from './receiving/message.ts'
import type { Receiver } from './receiving/receiver.ts'
import { plainRequest, requestOf, type ReceiveRequest } from './receiving/request.ts'
import { outgoing, type Outgoing } from './sending/outgoing.ts'
import { uncloneable } from './uncloneable.ts'
import type {
  Abortable, AdoptOptions, BindTo, ConnectTo, Counters, Data, MessagesOptions, MessageToSend, PairOptions, ReceiveOptions, SendOptions,
} from './types.ts'

/**
 * A socket for messages with ancillary data: Unix datagram, seqpacket and stream sockets, UDP, and any socket that is
 * adopted.
 *
 * It owns one descriptor and closes it. It keeps the process alive only while one of its operations is pending. A socket
 * that is garbage-collected without having been closed or detached is closed, with a warning (`CmsgWarning`, code
 * `CMSG_FORGOTTEN_SOCKET`).
 *
 * Every method throws, or rejects with, an Error `ERR_CMSG_CLOSED` once the socket is closed or detached, except for {@link close},
 * {@link ref}, {@link unref} and {@link messages}, whose iterations end. For invalid arguments it is a TypeError or RangeError
 * `ERR_CMSG_*`. If the kernel refuses a call, the error is a SystemError with its errno.
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
    if (!(core instanceof Core)) {
      throw invalidType('Cannot construct a MessageSocket: use MessageSocket.open, bind, connect, pair or adopt')
    }
    this.#core = core
    core.socket = this
    forgotten.register(this, core)
    uncloneable(this)
  }

  // ── Creation ────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * `socket(2)`: creates a socket that is neither bound nor connected.
   *
   * @throws SystemError EMFILE: RLIMIT_NOFILE is reached; EAFNOSUPPORT: the kernel does not support the family
   * @throws Error `ERR_CMSG_UNSUPPORTED` if a kind cannot be received on such a socket or with this kernel; TypeError
   * `ERR_CMSG_INVALID_DEFINITION` if a kind belongs to another family
   */
  static open<D extends AnyControlMessage = never>(options: OpenOptions<D>): MessageSocket<D> {
    return new MessageSocket(openCore(options))
  }

  /**
   * `socket(2)` and `bind(2)`: creates a socket bound to an address; a stream or seqpacket socket also listens (`listen(2)`).
   * The kinds in `receive` are turned on before the socket has a name, so no message arrives without them. Accepted sockets
   * receive the same kinds.
   *
   * With `unlink`, an existing socket file that no socket is bound to is replaced, and the new file is removed at close.
   * With `mode`, the file has exactly these permissions, and never wider ones, not even for a moment.
   *
   * @throws SystemError EADDRINUSE: the message says what uses the address; EACCES, ENOENT: the directory of a pathname
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
    const bind = (core: Core): void => { bindCore(core, address, options) }
    return new MessageSocket(boundCore(address, options, bind, (core) => { listen(core, options.backlog) }))
  }

  /**
   * `socket(2)` and `connect(2)`: creates a socket connected to an address. It waits while the listener's backlog is full.
   * @throws SystemError ECONNREFUSED, ENOENT: no socket at this address; EACCES; EPROTOTYPE: a socket of another type
   */
  static async connect<D extends AnyControlMessage = never>(address: AddressLike, options: ConnectTo<D>): Promise<MessageSocket<D>> {
    const { signal } = object('MessageSocket.connect', 'options', options, "an object such as { type: 'stream' }")
    const socket = new MessageSocket(coreFor(address, options))
    try {
      await socket.connect(address, { signal })
    } catch (error) {
      await socket.close()
      throw error
    }
    return socket
  }

  /**
   * `socketpair(2)`: creates two connected Unix sockets. `second` has the options of the second socket, which may receive
   * other kinds; without it, both sockets have the options of the first.
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
    options: PairOptions<D> & { readonly type: SocketType },
    second: PairOptions<E> = options as PairOptions<AnyControlMessage> as PairOptions<E>,
  ): [MessageSocket<D>, MessageSocket<E>] {
    const [a, b] = pairedCores(options, second)
    return [new MessageSocket(a), new MessageSocket(b)]
  }

  /**
   * Creates a socket from a descriptor, given as a number or an {@link OwnedFd}. It may be of any family, and connected,
   * bound, listening or none of these. The socket owns the descriptor from now on: do not close the number elsewhere.
   *
   * Also accepts a `net.Socket`, `net.Server` or `dgram.Socket`: its descriptor is duplicated, and Node's object is closed
   * without ending the connection. Node must not have read from the connection yet: create the server with `pauseOnConnect`.
   * Await the callback of each `send` of a `dgram.Socket` first: Node sends in a later turn, also to a numeric address, and what it
   * has not sent is lost.
   *
   * A socket that listens or connects is made non-blocking (O_NONBLOCK), which affects every process that has it, and stays so if
   * another process clears the flag; {@link detach} undoes that, also for every process that has it. No messages are read ahead
   * unless `readAhead` asks for it. With `unlink`, the file that a Unix socket is bound to is removed at close; use it to take over
   * the removal from a socket that was detached.
   * @throws SystemError EBADF, ENOTSOCK; RangeError `ERR_CMSG_OUT_OF_RANGE` for a connection that Node has read from, or data
   * that it is known not to have sent, and for the number of another socket of this library. After any error the caller still owns the
   * descriptor
   */
  static adopt<D extends AnyControlMessage = never>(from: Adoptable, options: AdoptOptions<D> = {}): MessageSocket<D> {
    return new MessageSocket(adoptedCore(from, options, startAccepting))
  }

  // ── Properties ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The number of the descriptor. The socket still owns it: do not close it or read from it. */
  get fd(): number {
    this.#core.check('use')
    return this.#core.fd
  }

  /** True after {@link close} and {@link detach}. */
  get closed(): boolean {
    return this.#core.state !== 'open'
  }

  /**
   * `getsockname(2)`: the socket's own address; `{ unnamed: true }` if it has none.
   * @throws SystemError if its family has no addresses
   */
  get address(): Address {
    this.#core.check('get the address of')
    return addressOf(libc.getsockname(this.#core.fd))
  }

  /** `getpeername(2)`: the address of the peer; undefined if the socket is not connected. */
  get remoteAddress(): Address | undefined {
    this.#core.check('get the remote address of')
    return attempt(() => addressOf(libc.getpeername(this.#core.fd)))
  }

  /**
   * The number of bytes that {@link send} and {@link sendMany} have accepted but not yet passed to the kernel, for all
   * destinations together. 0 after {@link close} and {@link detach}.
   */
  get bufferedAmount(): number {
    return this.#core.sender.buffered
  }

  /** A snapshot of this socket's counters. It can also be read after {@link close}. */
  get counters(): Counters {
    return this.#core.traffic.counters
  }

  /**
   * `bind(2)`: gives the socket an address. `{ unnamed: true }` lets the kernel choose an abstract name (autobind).
   * @throws SystemError EADDRINUSE, EACCES, ENOENT; EINVAL: the socket already has an address
   */
  bind(address: AddressLike, options: BindOptions = {}): void {
    this.#core.check('bind')
    bindCore(this.#core, address, object('bind', 'options', options))
  }

  /**
   * `connect(2)`: connects to an address, waiting while the listener's backlog is full. A datagram socket then sends to this
   * address by default, and receives only from it. When a Unix datagram peer is gone, one send rejects with ECONNREFUSED, and
   * the next send reconnects to the same address. With that ECONNREFUSED the kernel also discards the messages that this
   * socket had not received yet.
   *
   * An abort does not stop the kernel from connecting a TCP socket: another call for the same address waits for that, and one for
   * another address rejects with EALREADY, or with EISCONN once it has succeeded. If it fails, messages and receives that wait for the
   * connection fail too: none goes to the next one. A relative pathname is resolved in this call, if its absolute form fits into an
   * address. An address of the family AF_UNSPEC, `{ family: 0, data: new Uint8Array(14) }`, dissolves a connection of TCP, or the
   * association of a datagram socket, which then has no port any more if the kernel had chosen it.
   * @throws SystemError ECONNREFUSED, ENOENT: no socket at this address; EACCES; EPROTOTYPE: a socket of another type; Error
   * `ERR_CMSG_BACKLOG`: a datagram or raw socket has messages for another peer that wait to be sent, so await {@link flush} first
   */
  async connect(address: AddressLike, options: Abortable = {}): Promise<void> {
    this.#core.check('connect')
    const { signal } = object('connect', 'options', options)
    await this.#core.connect(encodeAddress(address), signal)
  }

  /**
   * `getsockopt(2)`: returns an option as an int; with `size` as up to that many bytes; with `question` as up to that many bytes too,
   * for options that take a question (`IP_MSFILTER`, `MCAST_MSFILTER`): the kernel reads the question's bytes first.
   * @throws SystemError ENOPROTOOPT
   */
  getOption(level: number, option: number): number
  getOption(level: number, option: number, size: number): Buffer
  getOption(level: number, option: number, question: Uint8Array): Buffer
  getOption(level: number, option: number, size?: number | Uint8Array): number | Buffer {
    this.#core.check('get an option of')
    return getsockopt(this.#core.fd, level, option, size)
  }

  /**
   * `setsockopt(2)`: sets an option to an int or to bytes. If the option turns on control messages, space for them is reserved.
   * @throws SystemError ENOPROTOOPT, EINVAL, EPERM
   */
  setOption(level: number, option: number, value: number | boolean | Uint8Array): void {
    this.#core.check('set an option of')
    this.#core.setOption(level, option, value)
  }

  /**
   * `SO_PEERCRED`: the process at the other end of a connection, with its effective ids at the time of connecting.
   * Undefined if it is not known: the socket is not connected, or is a datagram socket that was connected by name, or it listens.
   */
  peerCredentials(): Credentials | undefined {
    return peerCredentials(this)
  }

  /** `SO_PEERPIDFD` (Linux 6.5): the process at the other end; undefined if it is not known. The caller must close it. */
  peerPidfd(): Pidfd | undefined {
    return peerPidfd(this)
  }

  /** `SO_PEERGROUPS` (Linux 4.13): the supplementary groups of the process at the other end; undefined if it is not known. */
  peerGroups(): number[] | undefined {
    return peerGroups(this)
  }

  /** `SO_PEERSEC`: the security label of the other end; undefined if no security module provides one. */
  peerSecurity(): string | undefined {
    return peerSecurity(this)
  }

  /**
   * `MCAST_JOIN_GROUP`: receives the packets sent to a multicast group, IPv4 or IPv6. Bind the socket to the address of the
   * group or to any address (`0.0.0.0`, `::`). To bind several sockets to one port, set `SO_REUSEADDR` first.
   *
   * @throws SystemError EINVAL: not a multicast group; ENODEV: no such interface, or no route to the group; EADDRINUSE: already joined
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
   * // Options of the sender choose the interface, and how far packets travel.
   * const sender = MessageSocket.open({ family: 'inet', type: 'datagram' })
   * const request = new Uint8Array(structs.ip_mreqn.size)
   * structs.ip_mreqn.write(new DataView(request.buffer), 0, {
   *   imr_multiaddr: new Uint8Array(4), imr_address: new Uint8Array(4), imr_ifindex: 1,
   * })
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
    setMembership(this, true, group, options)
  }

  /**
   * `MCAST_LEAVE_GROUP`: leaves a group that {@link joinGroup} joined with the same options.
   * @throws SystemError EADDRNOTAVAIL, EINVAL: the group was not joined
   */
  leaveGroup(group: string, options: GroupOptions = {}): void {
    this.#core.check('leave a group with')
    setMembership(this, false, group, options)
  }

  // ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * `listen(2)`: lets a stream or seqpacket socket accept connections. `MessageSocket.bind` calls it for you. Up to `backlog`
   * connections may wait to be accepted.
   * @throws SystemError ENOTSUP: a datagram socket; EINVAL: a Unix socket that is not bound or is connected
   */
  listen(backlog?: number): void {
    this.#core.check('listen on')
    listen(this.#core, backlog)
  }

  /**
   * `accept4(2)`: returns the next connection, as a socket that receives the same kinds as this one. An abort loses no connection.
   * If the connection was made before this listener was adopted, messages sent before the accept may lack them: their credentials are
   * then `undefined`, and descriptors may have been sent in spite of `passRights: false`.
   * @throws SystemError EMFILE: RLIMIT_NOFILE is reached; the connection keeps waiting
   * @throws RangeError `ERR_CMSG_OUT_OF_RANGE` if the socket does not listen
   */
  async accept(options: Abortable = {}): Promise<MessageSocket<D>> {
    this.#core.check('accept on')
    const { signal } = object('accept', 'options', options)
    const core = await this.#listening('accept on').next(plainRequest, signal)
    if (core === undefined) throw closed('Cannot accept on a socket that was shut down')
    return new MessageSocket(core)
  }

  /**
   * Iterates over incoming connections until the socket is closed or detached. A `break` loses no connection, and several loops
   * share the connections. With `signal` the iteration rejects on abort.
   * @throws SystemError and RangeError as {@link accept}; a new loop continues with the next connection
   */
  connections(options: Abortable = {}): AsyncIterableIterator<MessageSocket<D>, void, undefined> {
    const { signal } = object('connections', 'options', options)
    const core = this.#core
    const wasClosed = this.closed
    return iterate<MessageSocket<D>>({
      isClosed: () => !wasClosed && core.state !== 'open',
      next: async (owner) => {
        core.check('accept on')
        const accepted = await this.#listening('accept on').next(plainRequest, signal, owner)
        return accepted && new MessageSocket(accepted)
      },
      cancel: (owner) => { core.connections?.cancel(owner) },
    }, false)
  }

  #listening(attempt: string): Receiver<Core> {
    const { connections } = this.#core
    if (connections === undefined) throw outOfRange(`Cannot ${attempt} a socket that does not listen: call listen() first`)
    return connections
  }

  // ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * `sendmsg(2)`: sends a message, waiting until the kernel accepts it. Messages to one destination stay in order. On a stream
   * all of the data is sent, in several calls if necessary: descriptors go with the first byte, explicit credentials with
   * every part, a timestamp request with the last byte.
   *
   * The data is not copied while it waits: do not modify or transfer it until the promise has settled. Descriptors are duplicated, so the
   * caller may close its own at once. An abort cancels a message that is still waiting; a message that has been partly written
   * to a stream is still sent in full.
   *
   * The amount of waiting data is limited: 1,024 messages or 1 MiB per destination of an unconnected socket, 65,536 messages
   * or 64 MiB per socket, and 256 MiB for all sockets of a thread. Beyond a limit `send` rejects with `ERR_CMSG_BACKLOG`, and
   * the message is not queued. If nothing is waiting, one message of any size is accepted, so a program that awaits each send
   * never sees this error. A send that is not awaited needs a `catch`, or its rejection ends the process; {@link flush} waits
   * for all of them.
   *
   * @returns the number of bytes sent, which is all of them
   * @throws SystemError EMSGSIZE: larger than the socket accepts; ECONNREFUSED, ENOENT: no socket at the destination; EPIPE:
   * the peer has closed the connection; EPERM, ESRCH: credentials that the process may not send; ENOTCONN: the socket is not
   * connected and no destination was given. If a stream message fails in the middle, the error has `sent`, the number of bytes
   * sent, and every later send rejects with `ERR_CMSG_CLOSED` because the stream contains an incomplete message (or with EPIPE
   * or a similar code, if the connection has ended).
   * @throws Error `ERR_CMSG_BACKLOG`: too much data is waiting; `ERR_CMSG_UNSUPPORTED`: a control message that the kernel
   * would drop on this socket or for this destination, or `MSG_OOB` on a socket without urgent data; `ERR_CMSG_CLOSED`, also if
   * the socket is closed during the call
   * @throws TypeError `ERR_CMSG_INVALID_ARG_TYPE`, also if the ArrayBuffer of waiting data was transferred or has shrunk
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
   * `sendmsg(2)` with `MSG_DONTWAIT`: sends a message at once or not at all. It does not overtake messages waiting for the same
   * destination.
   * @returns the number of bytes sent, on a stream perhaps not all; `undefined` if it would have to wait
   * @throws SystemError as {@link send}
   */
  sendNow(data: Data, options: SendOptions = {}): number | undefined {
    return this.#core.sender.now(this.#outgoing(data, options))
  }

  /**
   * `sendmmsg(2)`: sends messages, up to 256 per system call; a later send to the same destination goes after them.
   * Do not modify or transfer their data, or close their descriptors, until the promise has settled, since they may have to wait. Messages
   * are taken from the list as the kernel accepts them, so they count against no limit, but `bufferedAmount` includes them.
   * All messages are checked before the first is sent, without a pause, so pass a list of more than some 10,000 in parts.
   *
   * Messages to one destination are sent in order. A destination without room does not delay messages to others.
   *
   * @returns the number of messages sent, which is all of them
   * @throws SystemError as {@link send}, for the first message in the list that cannot be sent. Its `sent` is the number of messages
   * before it, all of which were sent. The messages after it were not sent, except for those to other destinations that had
   * gone already; `sentMessages` is the number of all messages sent
   * @throws the reason of `signal` on abort, unchanged; {@link counters} has the number of messages sent. A message that has been
   * partly written to a stream is still sent in full
   */
  async sendMany(messages: readonly MessageToSend[], options: Abortable = {}): Promise<number> {
    const { signal } = object('sendMany', 'options', options)
    if (!Array.isArray(messages)) throw invalidType(`Cannot send ${show(messages)}: expected an array of { data, … } objects`)
    this.#core.check('send on')
    const checked = list('sendMany', 'messages', messages as readonly MessageToSend[], 0, Infinity)
      .map((message) => this.#outgoing(object('sendMany', 'message', message).data, message))
    await this.#core.sender.many(checked, signal)
    return checked.length
  }

  #outgoing(data: Data, options: SendOptions): Outgoing {
    this.#core.check('send on')
    return outgoing(data, object('send', 'options', options), this.#core.sending)
  }

  /**
   * Resolves when every earlier send has settled, so that no message is lost at {@link close}, {@link detach} or
   * `process.exit()`. It does not report failed sends: their own promises do.
   *
   * @throws the reason of `signal` on abort; Error `ERR_CMSG_CLOSED` if the socket is closed while it waits
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
   * `recvmsg(2)`: resolves with the next message, or with `undefined` at the end of a connection. Calls are served in order,
   * separately for data, urgent data (`MSG_OOB`) and the error queue (`MSG_ERRQUEUE`).
   *
   * The message owns the descriptors that came with it: take the ones you keep, and dispose of the message. An abort loses no
   * message: the next call gets it.
   *
   * @throws SystemError ECONNREFUSED: an earlier message to a connected peer was refused; one call rejects, and the
   * socket remains usable. On an unconnected socket no call rejects: errors from the network are in its error queue
   * @throws RangeError `ERR_CMSG_OUT_OF_RANGE`: a flag that is not allowed ({@link ReceiveOptions}), or a listening socket
   * @throws Error `ERR_CMSG_UNSUPPORTED`: `MSG_ERRQUEUE` on a family without an error queue, `MSG_OOB` on a socket without urgent
   * data; `ERR_CMSG_CLOSED`, also if the socket is closed or detached during the call
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
   * `recvmsg(2)` with `MSG_DONTWAIT`: returns the next message, or `undefined` if there is none yet; {@link ended} is true if
   * there will be none. Also returns `undefined` while another receive is waiting, since the next message belongs to that one.
   * @throws SystemError, RangeError and Error as {@link receive}
   */
  receiveNow(options: ReceiveOptions = {}): Message<D> | undefined {
    return this.#core.now(this.#request(options))
  }

  /**
   * `recvmsg(2)`: returns the next message, blocking the thread until it arrives; for scripts and Workers. Returns `undefined` at
   * the end of a connection, and after `timeout` milliseconds; without `timeout` it waits as long as necessary.
   *
   * @throws RangeError `ERR_CMSG_OUT_OF_RANGE` while another receive is waiting, since the next message belongs to that one, or
   * while {@link connect} is pending
   * @throws SystemError EINTR: the process received a signal, whose handler can run only after this call has returned
   */
  receiveSync(options: ReceiveOptions & { readonly timeout?: number | undefined } = {}): Message<D> | undefined {
    this.#core.check('receive on')
    const { timeout = Infinity } = object('receiveSync', 'options', options)
    if (typeof timeout !== 'number' || Number.isNaN(timeout) || timeout < 0) {
      throw outOfRange(`Cannot wait for ${show(timeout)} ms: expected a number, 0 or greater`)
    }
    const request = this.#request(options)
    const channel = this.#core.channel(request)
    if (this.#core.connecting) throw outOfRange('Cannot call receiveSync while connect() is pending: await it first')
    if (channel.waiting) throw outOfRange('Cannot call receiveSync while another receive is waiting: the next message belongs to that one')
    const deadline = performance.now() + timeout
    for (let idleWakes = 0, events = 0; ;) {
      const message = this.#core.now(request)
      if (message !== undefined || channel.foundEnd || channel.isOver(events)) return message
      const left = deadline - performance.now()
      if (left <= 0) return undefined
      events = blockUntilReady(this.#core.fd, channel.events, left, idleWakes)
      if (events !== 0) idleWakes++
    }
  }

  /**
   * `recvmmsg(2)`: waits for a message, and resolves with all messages that are available, at most `max` (64 if absent).
   * Resolves with an empty list at the end of a connection.
   *
   * It ignores `readAhead`. It may return fewer messages than are available, because the number of descriptors in messages that
   * were not received yet is limited ({@link ReceiveKinds.readAhead}).
   * @throws SystemError, RangeError and Error as {@link receive}
   */
  async receiveMany(options: Abortable & { readonly max?: number | undefined } = {}): Promise<Message<D>[]> {
    const { max = 64, signal } = object('receiveMany', 'options', options)
    integer('receiveMany', 'max', max, 1)
    this.#checkReceiving()
    return this.#core.data.many({ ...plainRequest, max }, signal)
  }

  /** True once the peer has ended the connection and all its messages have been received. */
  get ended(): boolean {
    return this.#core.data.ended
  }

  /** Iterates over all messages: {@link messages} without options. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message<D>, void, undefined> {
    return this.messages()
  }

  /**
   * Iterates over all messages until the peer ends the connection, or the socket is closed or detached; `for await (const
   * message of socket)` does the same. When the loop moves on, the previous message is disposed of: descriptors that were not
   * taken are closed. A `break` loses no message, and two concurrent loops share the messages.
   *
   * With `dispose: false` no message is disposed of. Use it for consumers that prefetch, such as `Readable.from`, and dispose of
   * each message yourself. With `signal` the iteration rejects on abort.
   *
   * @throws SystemError as {@link receive}; a new loop continues with the next message
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
    // The kernel would return EINVAL, but waiting for a message that cannot arrive would take forever.
    if (this.#core.connections !== undefined && onlyListens(this.#core)) {
      throw outOfRange('Cannot receive on a listening socket: receive on the sockets from accept() or connections()')
    }
  }

  #request(options: ReceiveOptions): ReceiveRequest {
    this.#checkReceiving()
    const request = requestOf(object('receive', 'options', options), this.#core.sending)
    // A getter of the options may have closed the socket.
    this.#core.check('receive on')
    return request
  }

  // ── Lifetime ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Keeps the process alive while an operation of the socket is pending. This is the default. */
  ref(): this {
    this.#core.refed = true
    return this
  }

  /** Lets the process end even while an operation of the socket is pending. */
  unref(): this {
    this.#core.refed = false
    return this
  }

  /**
   * Hands over the descriptor at once, with the messages that were taken from the kernel but not received: those read ahead,
   * then urgent data (with `MSG_OOB` in their `flags`), then the kept reports of the error queue (with `MSG_ERRQUEUE`). The
   * caller owns both. The descriptor may have a different number than {@link fd}, for example in a Worker.
   *
   * `error` is an error that the kernel has reported already, and that receives would have rejected with after these messages or at the
   * end of the connection: ECONNRESET, for example, in whose place an adopting socket finds an ordinary end. Usually it is undefined.
   *
   * Pending receives reject with `ERR_CMSG_CLOSED`, iterations end, and O_NONBLOCK and SO_TIMESTAMP are restored to what they were
   * before this library set them, for every process that has the socket. A socket file stays: `MessageSocket.adopt(fd, { unlink:
   * true })` takes over its removal.
   *
   * @throws Error `ERR_CMSG_BACKLOG` while messages wait to be sent: await {@link flush} first; `ERR_CMSG_CLOSED`, also if
   * other code has closed the descriptor: the socket is then closed, too
   * @throws SystemError EMFILE, only in a Worker; the socket is then unchanged
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
  detach(): { fd: OwnedFd; messages: Message<D>[]; error: Error | undefined } {
    const { fd, messages, error } = this.#core.detach()
    forgotten.unregister(this)
    // Its queue may hold a peer's messages.
    return { fd: new OwnedFd(fd, 'detached'), messages, error }
  }

  /**
   * Converts a connected stream socket into a Node stream that also carries file descriptors: for programs that speak D-Bus,
   * X11 or Wayland, and for any code that takes a `Duplex`. The stream takes over the socket: this object is closed from then
   * on, as after {@link detach}. The stream emits what {@link detach} would return as `error` once its data has been read.
   *
   * @throws Error `ERR_CMSG_UNSUPPORTED`: not a stream socket, or one that listens or was never connected; `ERR_CMSG_BACKLOG` while
   * messages wait to be sent; `ERR_CMSG_CLOSED`
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
   * // Emitted before the chunk with the descriptor's byte. The listener owns the descriptor.
   * b!.on('fds', ([received]: number[]) => {
   *   console.log(readFileSync(received!, 'utf8') === readFileSync('/etc/hostname', 'utf8')) // true
   *   closeSync(received!)
   * })
   * for await (const chunk of b!) console.log(String(chunk)) // a file
   */
  toDuplex(options: ToDuplexOptions = {}): MessageDuplex {
    const core = this.#core
    core.check('make a stream from')
    const { highWaterMark = 0 } = object('toDuplex', 'options', options)
    integer('toDuplex', 'highWaterMark', highWaterMark, 0)
    const duplex = duplexOf(core, options)
    forgotten.unregister(this)
    return duplex
  }

  /**
   * Read by `Duplex.from(socket)`, which would otherwise treat the socket as an iterable: a stream that cannot be written to and
   * loses descriptors.
   * @internal
   */
  get pipe(): undefined {
    if (this.#core.sending.isStream) {
      throw unsupported('Cannot use a MessageSocket as a Node stream: '
        + 'call toDuplex() to convert it, or messages() to iterate over its messages')
    }
    return undefined
  }

  /** Called by `rights([socket])`, so that the receiver gets the socket as it would be without this library. @internal */
  [share](): void {
    this.#core.share()
  }

  /**
   * `close(2)`: closes the socket at once; the promise always fulfills. Pending sends and receives reject with
   * `ERR_CMSG_CLOSED`, iterations end, messages that were not received are disposed of with their descriptors, and with
   * `unlink` the socket file is removed. Calling it again is fine. It does not wait for sends: {@link flush} does.
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
  const name = encodeAddress(address)
  // A getter of the arguments may have closed the socket.
  core.check('bind')
  core.file = bindFile(core.fd, name, { unlink, mode })
}

function listen(core: Core, backlog: number | undefined): void {
  libc.listen(core.fd, backlog)
  if (core.connections === undefined) core.optionsInherited = true
  startAccepting(core)
}

const startAccepting = (core: Core): void => { core.startAccepting((fd) => acceptedCore(fd, core)) }
