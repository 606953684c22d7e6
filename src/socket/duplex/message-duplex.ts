/**
 * MessageDuplex: the bytes of a stream socket as a Node stream, with the descriptors that go along with them.
 * @module
 */
import type { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers'
import { dispose } from '../../dispose.ts'
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { bytesOf } from '../../abi/bytes.ts'
import { integer, list } from '../../arguments.ts'
import { closeReceived } from '../../descriptors/closer.ts'
import { received } from '../../descriptors/file-types.ts'
import type { Descriptor } from '../../descriptors/descriptor.ts'
import { closeDescriptors, duplicateDescriptors } from '../../descriptors/find.ts'
import { rights } from '../../descriptors/rights.ts'
import { invalidType, show, SystemError, unsupported } from '../../errors.ts'
import { shutdown } from '../../libc/sockets.ts'
import type { Core } from '../core.ts'
import { forgotten } from '../forgotten.ts'
import type { AnyMessage } from '../receiving/message.ts'
import type { Consumption } from '../receiving/receiver.ts'
import { outgoing, type Outgoing } from '../sending/outgoing.ts'
import { KeptDescriptors } from './kept.ts'
import { LazyDuplex } from './lazy.ts'

const { SHUT_WR } = constants

/** Options of {@link MessageSocket.toDuplex}. */
export interface ToDuplexOptions {
  /** Bytes to hold in each direction before the other side is made to wait; as for any stream of Node if absent. */
  readonly highWaterMark?: number
  /** Leave the sending direction open when the peer has ended its own; true if absent, as for any Duplex of Node. */
  readonly allowHalfOpen?: boolean
}

/** Called when a write has gone, or with the error for which it has not. */
export type WriteCallback = (error?: Error | null) => void

/**
 * The bytes of a stream socket as a `Duplex` of Node, with the file descriptors that go along: made by
 * {@link MessageSocket.toDuplex}. It ends, half-closes, corks, fails and is destroyed as any other, and its end closes the
 * socket.
 *
 * Descriptors that arrive are told by the event `'fds'`, with a list of numbers, before the chunk that holds their byte: the
 * listener owns them, and closes them. Without a listener they are kept for {@link takeFds}. Only a socket that was made
 * with `receive: [rights]` gets any; on any other it is an error when some are sent, for the kernel has dropped them.
 *
 * The kernel promises their order, and that they come no later than their byte. They may come earlier: `aaaa`, and then
 * `BBBB` with a descriptor, can arrive as one chunk. A protocol therefore says in its own messages how many belong to each.
 */
export class MessageDuplex extends LazyDuplex implements Duplex {
  readonly #core: Core
  readonly #receives: boolean
  readonly #kept: KeptDescriptors
  /** Chunks that carry descriptors, and wait for their turn. */
  readonly #carriers = new Map<unknown, Outgoing>()
  #consumption: Consumption | undefined
  #paused = true

  /** Owns the socket, and the messages that were received already. `receives`: it asked for descriptors. @internal */
  constructor(core: Core, receives: boolean, messages: readonly AnyMessage[], { highWaterMark, allowHalfOpen = true }: ToDuplexOptions) {
    super({ allowHalfOpen, ...(highWaterMark === undefined ? {} : { highWaterMark }) })
    this.#core = core
    this.#receives = receives
    this.#kept = new KeptDescriptors(this, "listen to 'fds', or call takeFds()")
    core.socket = this
    forgotten.register(this, core)
    for (const message of messages) this.#receive(message)
  }

  // ── Descriptors ─────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * `SCM_RIGHTS`: write bytes, at least one, and descriptors with the first of them, 253 at most: numbers, or what has one. They
   * are duplicated before this returns: close your own when you like.
   *
   * @returns as `write()`: false when the program should wait for `'drain'`
   * @throws RangeError `ERR_CMSG_OUT_OF_RANGE`: no bytes, or too many descriptors; TypeError for what has no descriptor;
   * SystemError EBADF, EMFILE. Nothing is written then
   */
  writeWithFds(bytes: string | Uint8Array, fds: readonly Descriptor[], callback?: WriteCallback): boolean {
    const chunk = chunkOf(bytes)
    // Node has something to say on a write to a stream that has ended.
    if (list('writeWithFds', 'fds', fds, 0, Infinity).length === 0 || !this.writable) return this.write(chunk, callback)
    const message = outgoing(chunk, { control: [rights(fds)] }, this.#core.sending)
    this.#carriers.set(chunk, { ...message, control: duplicateDescriptors(message.control!) })
    // It is called whatever becomes of the write, unlike `_write`.
    return this.write(chunk, (error) => {
      closeDescriptors(this.#carriers.get(chunk)!.control!)
      this.#carriers.delete(chunk)
      callback?.(error)
    })
  }

  /** The first `count` descriptors that have come and that no listener got, all of them if absent. The caller owns them. */
  takeFds(count: number = Infinity): number[] {
    return this.#kept.take(count === Infinity ? count : integer('takeFds', 'count', count, 0))
  }

  /** Close descriptors that came from here, without ever waiting for a peer. */
  closeFds(fds: readonly number[]): void {
    received()
    closeReceived(list('closeFds', 'fds', fds, 0, Infinity).map((fd) => integer('closeFds', 'fd', fd, 0)))
  }

  // ── The socket ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The number of the socket's own descriptor, for `peerCredentials` and its like; -1 once the stream is destroyed. */
  get fd(): number {
    return this.destroyed ? -1 : this.#core.fd
  }

  /** Lets the process stay alive while something is awaited of the stream, as it does at first. */
  ref(): this {
    this.#core.refed = true
    return this
  }

  /** Lets the process end even while something is awaited of the stream. */
  unref(): this {
    this.#core.refed = false
    return this
  }

  // ── As Node's streams ask for it ────────────────────────────────────────────────────────────────────────────────

  /** @internal */
  override _read(): void {
    if (!this.#paused) return
    this.#paused = false
    if (this.#consumption === undefined) this.#consume()
    else this.#consumption.resume()
  }

  #consume(): void {
    // While something is awaited the socket holds this stream. When nothing is, a forgotten one must not be held.
    const self = new WeakRef(this)
    // A turn later, as with a net.Socket: whoever awaits the data that came before is to have it first.
    const then = (run: (stream: MessageDuplex) => void): void => {
      const stream = self.deref()
      setImmediate(() => { if (stream?.destroyed === false) run(stream) })
    }
    this.#consumption = this.#core.data.consume({
      onItem: (message) => {
        const stream = self.deref()
        if (stream !== undefined) stream.#receive(message)
      },
      onEnd: () => { then((stream) => { stream.push(null) }) },
      onError: (error) => { then((stream) => { stream.destroy(error as Error) }) },
    })
  }

  #receive(message: AnyMessage): void {
    const { data, controlTruncated } = message
    const fds = this.#receives ? (message.get(rights) ?? []).map((fd) => fd.take()) : []
    message[dispose]()
    if (fds.length > 0) {
      if (this.listenerCount('fds') === 0) this.#kept.add(fds)
      // After those that came before there was a listener.
      else guarded(() => { this.emit('fds', [...this.takeFds(), ...fds]) })
    }
    if (controlTruncated) this.destroy(this.#lost())
    if (!this.destroyed) guarded(() => { if (!this.push(data)) this.#pause() })
  }

  #pause(): void {
    this.#paused = true
    this.#consumption?.pause()
  }

  #lost(): Error {
    return this.#receives
      ? new SystemError({ syscall: 'recvmsg', errno: errno.EMFILE, hint: 'the kernel dropped received file descriptors because too many are open (RLIMIT_NOFILE)' })
      : unsupported('Cannot receive file descriptors or other control messages: the kernel dropped them. Create the socket with receive: [rights] to receive file descriptors')
  }

  /** @internal */
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    this.#send([chunk], callback)
  }

  /** @internal */
  override _writev(chunks: readonly { readonly chunk: Buffer }[], callback: WriteCallback): void {
    this.#send(chunks.map(({ chunk }) => chunk), callback)
  }

  /** Chunks as messages: those without descriptors together. */
  #send(chunks: readonly Buffer[], callback: WriteCallback): void {
    const { sending, sender } = this.#core
    const messages: Outgoing[] = []
    let plain: Buffer[] = []
    for (const chunk of [...chunks, undefined]) {
      const carrier = this.#carriers.get(chunk)
      if (chunk !== undefined && carrier === undefined) plain.push(chunk)
      else {
        if (plain.length > 0) messages.push(outgoing(plain, {}, sending))
        if (carrier !== undefined) messages.push(carrier)
        plain = []
      }
    }
    const settle = (error?: Error): void => { guarded(() => { callback(error) }) }
    sender.many(messages).then(() => { settle() }, settle)
  }

  /** @internal */
  override _final(callback: WriteCallback): void {
    try {
      shutdown(this.#core.fd, SHUT_WR)
    } catch (error) {
      // The connection has ended already.
      if (!(error instanceof SystemError && error.code === 'ENOTCONN')) return callback(error as Error)
    }
    callback()
  }

  /** @internal */
  override _destroy(error: Error | null, callback: WriteCallback): void {
    forgotten.unregister(this)
    this.#consumption?.stop()
    this.#core.close()
    this.#kept.close()
    callback(error)
  }
}

/** A Buffer by which this write is told from every other, of the same bytes too. */
function chunkOf(bytes: string | Uint8Array): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes)
  const view = bytesOf(bytes)
  if (view === undefined) throw invalidType(`Cannot write ${show(bytes)}: expected a string or a Uint8Array`)
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength)
}

/** Runs listeners of the program. What they throw is an uncaught exception, as it is with Node's streams, and not an error of the socket. */
function guarded(run: () => void): void {
  try {
    run()
  } catch (error) {
    process.nextTick(() => { throw error })
  }
}
