/**
 * A socket as a descriptor: its addresses, its options, its peer, and its life.
 * @module
 */
import { asyncDispose, dispose } from '../dispose.ts'
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { decodeAddress, encodeAddress, type Address, type AddressLike } from '../address/address.ts'
import type { AnyControlMessage, Family } from '../control/define.ts'
import type { Credentials } from '../control/socket.ts'
import { closed, SystemError } from '../errors.ts'
import { object, systemError } from '../arguments.ts'
import { getsockopt, setsockopt } from '../libc/options.ts'
import * as libc from '../libc/sockets.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import { hold, release, Watch } from '../readiness/poller.ts'
import { onAbort, throwIfAborted } from '../abort.ts'
import { shownAs } from '../inspect.ts'
import { setMembership, type GroupOptions } from './options/multicast.ts'
import { familyName, typeName, type BindOptions } from './options/options.ts'
import { bindName, removeFile, type SocketFile } from './file/pathname.ts'
import { pause } from './pause.ts'
import { peerCredentials, peerGroups, peerPidfd, peerSecurity } from './peer/peer.ts'
import type { Pidfd } from '../identity/pidfd.ts'
import type { Abortable } from './types.ts'

const { SOL_SOCKET, SO_ERROR, EPOLLIN, EPOLLOUT, F_GETFL, F_SETFL, O_NONBLOCK } = constants

/** What is known of a socket from the start. */
export interface Facts<D extends AnyControlMessage> {
  readonly family: number
  readonly type: number
  readonly definitions: readonly D[]
  readonly messageSize: number
  /** Messages may have been queued before the socket asked for anything. */
  readonly adopted: boolean
}

export abstract class BaseSocket<D extends AnyControlMessage> implements AsyncDisposable, Disposable {
  static {
    shownAs(this, 'BaseSocket', (socket) => {
      if (socket.#closed) return { closed: true }
      const { fd, family, address, remoteAddress, facts } = socket
      return { fd, family: family ?? facts.family, type: typeName(facts.type), address, ...(remoteAddress === undefined ? {} : { remoteAddress }) }
    })
  }

  protected readonly descriptor: number
  protected readonly facts: Facts<D>
  protected readonly family: Family | undefined
  protected readonly watch: Watch
  #connecting: { resolve(): void; reject(error: unknown): void } | undefined
  #file: SocketFile | undefined
  #closed = false
  #refed = true
  #held = false

  protected constructor(fd: number, facts: Facts<D>) {
    this.descriptor = fd
    this.facts = facts
    this.family = familyName(facts.family)
    this.watch = new Watch(fd, (events) => { this.#onReady(events) })
  }

  /** The descriptor is ready. */
  protected abstract onReady(events: number | undefined): void
  /** Whether anybody waits. */
  protected abstract get waiting(): boolean
  /** Reject who waits, dispose of what is kept. */
  protected abstract end(error: Error): void

  /** The descriptor. It stays the socket's. */
  get fd(): number {
    this.check('use')
    return this.descriptor
  }

  /** Whether it is closed. */
  get closed(): boolean {
    return this.#closed
  }

  /** The socket's own address; `{ unnamed: true }` when it has none. */
  get address(): Address {
    this.check('get the address of')
    return decodeAddress(libc.getsockname(this.descriptor))
  }

  /** The address of whom it is connected to; `undefined` when it is not. */
  get remoteAddress(): Address | undefined {
    this.check('get the remote address of')
    try {
      return decodeAddress(libc.getpeername(this.descriptor))
    } catch (error) {
      if (error instanceof SystemError && error.code === 'ENOTCONN') return undefined
      throw error
    }
  }

  /** Give it an address. `{ unnamed: true }` lets the kernel choose an abstract name (autobind). */
  bind(address: AddressLike, options: BindOptions = {}): void {
    this.check('bind')
    const { unlink = false } = object('bind', 'options', options)
    this.#file = bindName(this.descriptor, encodeAddress(address), unlink)
  }

  /**
   * Connect to an address. A datagram socket then sends there by default and hears only from there.
   * @throws SystemError ECONNREFUSED, ENOENT: nobody is there; EACCES; EPROTOTYPE: it is a socket of another type
   */
  async connect(address: AddressLike, options: Abortable = {}): Promise<void> {
    this.check('connect')
    const { signal } = object('connect', 'options', options)
    const name = encodeAddress(address)
    if (this.facts.adopted) this.neverBlock()
    for (let delay = 1; ; delay = Math.min(2 * delay, 50)) {
      throwIfAborted(signal)
      const { address: place, bytes } = scratch(name.length)
      bytes.set(name)
      const result = sys.connect(this.descriptor, place, name.length)
      if (result >= 0) return
      if (result === -errno.EINPROGRESS) return this.#connected(name, signal)
      // A Unix listener whose backlog is full. Nothing tells when it has room again.
      if (result !== -errno.EAGAIN) throw systemError(-result, 'connect', name)
      await pause(delay, signal)
      this.check('connect')
    }
  }

  /** accept4(2) and connect(2) have no flag for one call, as recvmsg has: the descriptor has it, whoever made it. */
  protected neverBlock(): void {
    libc.fcntl(this.descriptor, F_SETFL, libc.fcntl(this.descriptor, F_GETFL) | O_NONBLOCK)
  }

  /** Await the end of a connect under way. */
  async #connected(name: Uint8Array, signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const stop = onAbort(signal, () => { this.#connecting?.reject(signal!.reason) })
      const settle = (): void => {
        stop()
        this.#connecting = undefined
        if (!this.#closed) this.watch.also(0)
        this.update()
      }
      this.#connecting = {
        resolve: () => { settle(); resolve() },
        reject: (error) => { settle(); reject(error as Error) },
      }
      try {
        this.watch.also(EPOLLOUT)
      } catch (error) {
        this.#connecting.reject(error)
      }
      this.update()
    })
    this.check('connect')
    const error = getsockopt(this.descriptor, SOL_SOCKET, SO_ERROR)
    if (error !== 0) throw systemError(error, 'connect', name)
  }

  /** A socket option, as an int, or with `size` as bytes. @throws SystemError ENOPROTOOPT */
  getOption(level: number, option: number): number
  getOption(level: number, option: number, size: number): Buffer
  getOption(level: number, option: number, size?: number): number | Buffer {
    this.check('get an option of')
    return size === undefined ? getsockopt(this.descriptor, level, option) : getsockopt(this.descriptor, level, option, size)
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
    this.check('set an option of')
    setsockopt(this.descriptor, level, option, value)
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
    this.check('join a group with')
    setMembership(this.descriptor, true, group, options)
  }

  /** `MCAST_LEAVE_GROUP`: what {@link joinGroup} joined with the same options. @throws SystemError EADDRNOTAVAIL, EINVAL: it has not */
  leaveGroup(group: string, options: GroupOptions = {}): void {
    this.check('leave a group with')
    setMembership(this.descriptor, false, group, options)
  }

  /** What is awaited of it keeps the process alive: as it is at first. */
  ref(): this {
    this.#refed = true
    this.update()
    return this
  }

  /** What is awaited of it does not keep the process alive. */
  unref(): this {
    this.#refed = false
    this.update()
    return this
  }

  #onReady(events: number | undefined): void {
    // While it connects, it may be another's wake, or somebody who waits for a message.
    if (this.#connecting === undefined) this.onReady(events)
    else if (((events ?? this.watch.ready()) & ~EPOLLIN) !== 0) this.#connecting.resolve()
  }

  /** Who waits has changed: with the first, the process is kept alive, with the last, no longer. */
  protected update(): void {
    const wanted = (this.waiting || this.#connecting !== undefined) && this.#refed && !this.#closed
    if (wanted === this.#held) return
    this.#held = wanted
    if (wanted) hold()
    else release()
  }

  protected check(attempt: string): void {
    if (this.#closed) throw closed(`Cannot ${attempt} a socket that is closed`)
  }

  /**
   * Close it. Whatever waits is rejected (`ERR_CMSG_CLOSED`), iterations end, messages that nobody received are disposed
   * of with their descriptors. More than once is fine.
   */
  close(): Promise<void> {
    this[dispose]()
    return Promise.resolve()
  }

  /** {@link close}, for `using`. */
  [dispose](): void {
    if (this.#closed) return
    this.#closed = true
    const error = closed('The socket was closed while this was waiting')
    this.end(error)
    this.#connecting?.reject(error)
    this.watch.close()
    this.update()
    // Before the descriptor: somebody may bind there the moment it is closed.
    if (this.#file !== undefined) removeFile(this.#file)
    sys.call('close', this.descriptor)
  }

  /** {@link close}, for `await using`. */
  [asyncDispose](): Promise<void> {
    return this.close()
  }
}
