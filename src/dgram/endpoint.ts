/**
 * A Unix datagram socket for both classes of `createSocket`: calls take effect at once, a callback takes its messages, and it keeps
 * the process alive.
 * @module
 */
import { isBytes } from '../abi/bytes.ts'
import { constants } from '../../generated/constants.ts'
import { bytes } from '../arguments.ts'
import { dispose } from '../dispose.ts'
import type { Address, AddressLike } from '../address/address.ts'
import { addressOf, encodeAddress } from '../libc/addresses.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { SystemError } from '../errors.ts'
import { getsockopt, setsockopt } from '../libc/options.ts'
import * as libc from '../libc/sockets.ts'
import { keepProcessAlive, letProcessEnd } from '../readiness/poller.ts'
import { captureContext } from '../socket/async-context.ts'
import { includesType, type Core } from '../socket/core.ts'
import { bindFile, type FileOptions } from '../socket/file/bind.ts'
import { forgotten } from '../socket/forgotten.ts'
import { openCore } from '../socket/making.ts'
import type { ReceiveKinds } from '../socket/options/options.ts'
import type { AnyMessage, Message } from '../socket/receiving/message.ts'
import type { Consumption } from '../socket/receiving/consumer.ts'
import { outgoing } from '../socket/sending/outgoing.ts'
import type { WritableListener } from '../socket/sending/writable.ts'
import type { Data, SendOptions } from '../socket/types.ts'
import { infoOf } from './message-info.ts'

const { SCM_CREDENTIALS, SCM_PIDFD } = constants

/** Sockets that keep the process alive. They are not garbage-collected, even if the program has no reference to them. */
const kept = new Set<Endpoint>()

const connected: SendOptions = {}

/** The socket beneath a dgram socket, driven by calls and callbacks. */
export class Endpoint {
  readonly #core: Core
  readonly #context = captureContext()
  readonly #emitter: NodeJS.EventEmitter
  readonly #onError: (error: unknown) => void
  #consumption: Consumption | undefined
  /** The socket receives credentials or pidfds, and is not bound yet: the kernel names it when it first sends or connects. */
  #mayBeNamed: boolean

  /** `emitter` emits the `message` events; `onError` is called when receiving fails. */
  constructor(options: ReceiveKinds<AnyControlMessage>, emitter: NodeJS.EventEmitter, onError: (error: unknown) => void) {
    this.#core = openCore({ ...options, family: 'unix', type: 'datagram' })
    this.#core.socket = emitter
    forgotten.register(emitter, this.#core)
    this.#emitter = emitter
    this.#onError = onError
    this.#mayBeNamed = includesType(this.#core.facts.definitions, [SCM_CREDENTIALS, SCM_PIDFD])
  }

  get open(): boolean {
    return this.#core.state === 'open'
  }

  get fd(): number {
    return this.open ? this.#core.fd : -1
  }

  check(attempt: string): void {
    this.#core.check(attempt)
  }

  // ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────────

  bind(address: AddressLike, options: FileOptions): void {
    this.check('bind')
    const name = encodeAddress(address)
    this.#core.file = bindFile(this.#core.fd, name, options)
    this.#receive()
  }

  /** Connects, without reconnecting to a peer that was gone and is back. */
  connectOnce(address: AddressLike): void {
    this.check('connect')
    const name = encodeAddress(address)
    libc.connect(this.#core.fd, name)
  }

  /** Connects, and reconnects to a peer that was gone and is back. */
  async connect(address: AddressLike): Promise<void> {
    this.check('connect')
    const connected = this.#core.connect(encodeAddress(address), undefined)
    this.#receiveIfNamed()
    await connected
  }

  get address(): Address {
    this.check('get the address of')
    return addressOf(libc.getsockname(this.#core.fd))
  }

  get remoteAddress(): Address {
    this.check('get the remote address of')
    return addressOf(libc.getpeername(this.#core.fd))
  }

  // ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sends at once. Returns false if there is no room. @throws SystemError, TypeError, RangeError */
  sendNow(data: Data, to: AddressLike | undefined): boolean {
    this.check('send on')
    const { sender, sending } = this.#core
    if (to === undefined && isBytes(data)) return sender.plainNow(bytes('send', 'data', data))
    return sender.now(outgoing(data, to === undefined ? connected : { to }, sending)) !== undefined
  }

  /** Sends in its turn. Resolves with the number of bytes sent. @throws TypeError, RangeError synchronously */
  send(data: Data, to: AddressLike | undefined): Promise<number> {
    this.check('send on')
    const { sender, sending } = this.#core
    const sent = sender.send(outgoing(data, to === undefined ? connected : { to }, sending))
    this.#receiveIfNamed()
    return sent
  }

  /** Notifies the listener once when the peer of a connected socket has room. */
  tellWritable({ onWritable, onError }: WritableListener): void {
    this.#core.tellWritable({
      onWritable: () => { this.#context.runInAsyncScope(onWritable) },
      onError: (error) => { this.#context.runInAsyncScope(onError, undefined, error) },
    })
  }

  /** The number of bytes waiting to be sent. */
  get buffered(): number {
    return this.#core.sender.buffered
  }

  // ── Receiving ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Starts receiving if the kernel has named the socket. Without a name it receives nothing, and does not keep the process alive. */
  #receiveIfNamed(): void {
    if (this.#mayBeNamed && this.open && !('unnamed' in this.address)) this.#receive()
  }

  #receive(): void {
    this.#mayBeNamed = false
    this.#consumption ??= this.#core.data.consume({
      context: this.#context,
      spaced: true,
      onItem: this.#deliver,
      onEnd: () => {},
      onError: (error) => {
        this.#consumption = undefined
        this.#onError(error)
        // After the error of a call the socket is still usable. If waiting itself fails, receiving again would fail forever.
        if (this.open && error instanceof SystemError && error.syscall.startsWith('recv')) this.#receive()
      },
    })
  }

  readonly #deliver = (message: AnyMessage): void => {
    try {
      this.#emitter.emit('message', message.data, infoOf(message as Message<AnyControlMessage>))
    } catch (error) {
      this.#raise(error)
    } finally {
      message[dispose]()
    }
  }

  /** Makes an error thrown by a listener an uncaught exception. If the program survives it, the next message is delivered. */
  #raise(error: unknown): void {
    const consumption = this.#consumption
    consumption?.pause()
    process.nextTick(() => {
      consumption?.resume()
      throw error
    })
  }

  // ── Lifetime ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Keeps the process alive from now on, even if no operation is pending. */
  keep(): void {
    if (!this.open || kept.has(this)) return
    kept.add(this)
    keepProcessAlive()
  }

  #letGo(): void {
    if (kept.delete(this)) letProcessEnd()
  }

  ref(): void {
    this.#core.refed = true
  }

  unref(): void {
    this.#core.refed = false
    this.#letGo()
  }

  getOption(level: number, option: number): number {
    this.check('get an option of')
    return getsockopt(this.#core.fd, level, option)
  }

  setOption(level: number, option: number, value: number): void {
    this.check('set an option of')
    setsockopt(this.#core.fd, level, option, value)
  }

  close(): void {
    this.#core.close()
    forgotten.unregister(this.#emitter)
    this.#letGo()
  }
}
