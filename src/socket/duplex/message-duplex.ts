/**
 * MessageDuplex: a stream socket as a Node stream of bytes that also carries file descriptors.
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
import { forgetMounts } from '../../descriptors/close-kind.ts'
import type { Descriptor } from '../../descriptors/descriptor.ts'
import { closeDescriptors, keepDescriptors } from '../../descriptors/find.ts'
import { rights } from '../../descriptors/rights.ts'
import { invalidType, show, SystemError, unsupported } from '../../errors.ts'
import { shutdown } from '../../libc/sockets.ts'
import { nextTurn, OwnBudget } from '../../readiness/turn.ts'
import { captureContext } from '../async-context.ts'
import type { Core } from '../core.ts'
import { forgotten } from '../forgotten.ts'
import { isConnected } from '../network-reports.ts'
import type { AnyMessage } from '../receiving/message.ts'
import type { Consumption } from '../receiving/consumer.ts'
import { nextPiece, outgoing, type Outgoing } from '../sending/outgoing.ts'
import type { Sender } from '../sending/sender.ts'
import { KeptDescriptors } from './kept.ts'
import { LazyDuplex } from './lazy.ts'

const { SHUT_WR } = constants

/** Options of {@link MessageSocket.toDuplex}. */
export interface ToDuplexOptions {
  /** Number of bytes to buffer in each direction before backpressure; as for any Node stream if absent. */
  readonly highWaterMark?: number | undefined
  /** Leaves the sending direction open when the peer ends its own; true if absent, as for any Node Duplex. */
  readonly allowHalfOpen?: boolean | undefined
}

/** Called when a write has completed, or with the error if it failed. */
export type WriteCallback = (error?: Error | null) => void

/**
 * A stream socket as a Node `Duplex` of bytes that also carries file descriptors, created by {@link MessageSocket.toDuplex}. It ends,
 * half-closes, corks, fails and is destroyed like any other Duplex, and its end closes the socket. As with a net.Socket, listeners run in
 * the async context in which the stream was created (AsyncLocalStorage).
 *
 * Received descriptors are emitted as the event `'fds'`, with a list of numbers, before the chunk that contains their byte. The
 * listener owns them and must close them. Without a listener they are kept for {@link takeFds}. Only a socket created with
 * `receive: [rights]` receives any; on any other socket it is an error if the peer sends some, since the kernel has dropped them.
 *
 * The kernel preserves their order, and delivers them no later than their byte. They may arrive earlier: `aaaa`, and then `BBBB`
 * with a descriptor, can arrive as one chunk. So a protocol must state in its own messages how many descriptors belong to each.
 */
export class MessageDuplex extends LazyDuplex implements Duplex {
  readonly #core: Core
  readonly #context = captureContext()
  readonly #receives: boolean
  readonly #kept: KeptDescriptors
  /** Waiting chunks that carry descriptors. */
  readonly #carriers = new Map<unknown, Outgoing>()
  readonly #budget = new OwnBudget()
  #consumption: Consumption | undefined
  #paused = true

  /** Takes ownership of the socket and of messages received already. `receives`: it asked for descriptors. @internal */
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
   * `SCM_RIGHTS`: writes at least one byte, with up to 253 descriptors (numbers, or objects with a descriptor) attached to the first
   * byte. They are duplicated before this returns, so you can close your own at any time.
   *
   * @returns as `write()`: false when the program should wait for `'drain'`
   * @throws RangeError `ERR_CMSG_OUT_OF_RANGE`: no bytes, or too many descriptors; TypeError without a descriptor;
   * SystemError EBADF, EMFILE. Nothing is written in these cases
   */
  writeWithFds(bytes: string | Uint8Array, fds: readonly Descriptor[], callback?: WriteCallback): boolean {
    const chunk = chunkOf(bytes)
    // As in `write()`, anything else is ignored.
    const done = typeof callback === 'function' ? callback : undefined
    // A write to a stream that has ended is reported by Node.
    if (list('writeWithFds', 'fds', fds, 0, Infinity).length === 0 || !this.writable) return this.write(chunk, done)
    const message = outgoing(chunk, { control: [rights(fds)] }, this.#core.sending)
    this.#carriers.set(chunk, { ...message, control: keepDescriptors(message.control!) })
    // Unlike `_write`, this callback is always called.
    return this.write(chunk, (error) => {
      closeDescriptors(this.#carriers.get(chunk)!.control!)
      this.#carriers.delete(chunk)
      done?.(error)
    })
  }

  /** Takes the first `count` received descriptors that no listener got; all of them if absent. The caller owns them. */
  takeFds(count: number = Infinity): number[] {
    return this.#kept.take(count === Infinity ? count : integer('takeFds', 'count', count, 0))
  }

  /** Closes descriptors that were received here, without ever waiting for a peer. */
  closeFds(fds: readonly number[]): void {
    forgetMounts()
    closeReceived(list('closeFds', 'fds', fds, 0, Infinity).map((fd) => integer('closeFds', 'fd', fd, 0)))
  }

  // ── The socket ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The socket's own descriptor, for `peerCredentials` and similar functions; -1 once the stream is destroyed. */
  get fd(): number {
    return this.destroyed ? -1 : this.#core.fd
  }

  /** Keeps the process alive while an operation of the stream is pending. This is the default. */
  ref(): this {
    this.#core.refed = true
    return this
  }

  /** Lets the process end even while an operation of the stream is pending. */
  unref(): this {
    this.#core.refed = false
    return this
  }

  // ── Implementation of Node's Duplex ──────────────────────────────────────────────────────────────────────────────

  /** @internal */
  override read(size?: number): ReturnType<Duplex['read']> {
    // Those received before there was a listener, before the chunk that contains their byte.
    if (this.#kept.length > 0 && this.listenerCount('fds') > 0) guarded(() => { this.emit('fds', this.takeFds()) })
    return super.read(size) as unknown
  }

  /** @internal */
  override _read(): void {
    if (!this.#paused) return
    this.#paused = false
    if (this.#consumption === undefined) this.#consume()
    else this.#consumption.resume()
  }

  #consume(): void {
    // While an operation is pending, the socket references this stream. Otherwise the stream must be collectable.
    const self = new WeakRef(this)
    // One turn later, as with a net.Socket, so that code awaiting earlier data gets it first.
    const then = (run: (stream: MessageDuplex) => void): void => {
      const stream = self.deref()
      setImmediate(() => { if (stream?.destroyed === false) run(stream) })
    }
    this.#consumption = this.#core.data.consume({
      context: this.#context,
      spaced: true,
      onItem: (message) => {
        const stream = self.deref()
        if (stream !== undefined) stream.#receive(message)
      },
      onEnd: () => {
        then((stream) => {
          stream.push(null)
          // As with a net.Socket, the end is emitted even if the program reads no more, unless there is data to read before it.
          stream.read(0)
        })
      },
      onError: (error) => { then((stream) => { stream.destroy(error as Error) }) },
    })
  }

  #receive(message: AnyMessage): void {
    const { data, controlTruncated } = message
    const fds = this.#receives ? (message.get(rights) ?? []).map((fd) => fd.take()) : []
    message[dispose]()
    if (fds.length > 0) {
      if (this.listenerCount('fds') === 0) this.#kept.add(fds)
      // After those received before there was a listener.
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
    if (this.#receives) {
      const hint = 'the kernel dropped received file descriptors because too many are open (RLIMIT_NOFILE)'
      return new SystemError({ syscall: 'recvmsg', errno: errno.EMFILE, hint })
    }
    return unsupported('Cannot receive file descriptors or other control messages: the kernel dropped them. '
      + 'Create the socket with receive: [rights] to receive file descriptors')
  }

  /** @internal */
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    this.#send([chunk], callback)
  }

  /** @internal */
  override _writev(chunks: readonly { readonly chunk: Buffer }[], callback: WriteCallback): void {
    this.#send(chunks.map(({ chunk }) => chunk), callback)
  }

  /**
   * Sends chunks at once as far as the kernel has room, and the rest when there is room. As with a net.Socket, the callback is called
   * before this returns if everything was sent: otherwise Node would keep the writes after this one, and lose them if the program
   * ends.
   */
  #send(chunks: readonly Buffer[], callback: WriteCallback): void {
    let left: readonly Outgoing[]
    try {
      left = sendAtOnce(this.#core.sender, this.#messages(chunks), this.#budget)
    } catch (error) {
      return callback(error as Error)
    }
    if (left.length === 0 && !this.#budget.exhausted) return callback()
    const settle = (error?: Error): void => { guarded(() => { callback(error) }) }
    const { sender } = this.#core
    // A program that awaits one write after another would let nothing else run.
    const sent = this.#budget.exhausted ? nextTurn().then(() => sender.many(left)) : sender.many(left)
    sent.then(() => { settle() }, settle)
  }

  /** Chunks as messages; those without descriptors are joined. @throws if a chunk that waited in the stream's buffer has lost its memory */
  #messages(chunks: readonly Buffer[]): Outgoing[] {
    const { sending } = this.#core
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
    return messages
  }

  /** @internal */
  override _final(callback: WriteCallback): void {
    if (isConnected(this.#core.fd)) return this.#shutDown(callback)
    // Shutting down a socket that is still being connected would end that.
    this.#core.sender.whenWritable(undefined).then(() => { this.#shutDown(callback) }, callback)
  }

  #shutDown(callback: WriteCallback): void {
    try {
      shutdown(this.#core.fd, SHUT_WR)
    } catch (error) {
      // ENOTCONN: the connection has ended already.
      if (!(error instanceof SystemError && error.code === 'ENOTCONN')) return callback(error as Error)
    }
    // As with a net.Socket, the end of the peer is noticed even if the program does not read, and closes the stream.
    this.read(0)
    // As with a net.Socket, in a later turn: pipelines and web streams rely on the end of the peer being emitted first.
    setImmediate(callback)
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

/** Sends messages as far as there is room and budget. Returns what is left, which may begin with a part of one. @throws SystemError */
function sendAtOnce(sender: Sender, messages: readonly Outgoing[], budget: OwnBudget): Outgoing[] {
  const pieces = messages.flatMap(piecesOf)
  for (const [i, piece] of pieces.entries()) {
    if (budget.exhausted) return pieces.slice(i)
    const sent = sender.now(piece) ?? 0
    budget.spend(1, sent)
    if (sent < piece.size) return [nextPiece(piece, sent), ...pieces.slice(i + 1)]
  }
  return []
}

/** The parts of a stream message that are sent in one call each. */
function piecesOf(message: Outgoing): Outgoing[] {
  const pieces: Outgoing[] = []
  let sent = 0
  do {
    const piece = nextPiece(message, sent)
    pieces.push(piece)
    sent += piece.size
  } while (sent < message.size)
  return pieces
}

/** Returns a new Buffer object, which identifies this write even if others have the same bytes. */
function chunkOf(bytes: string | Uint8Array): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes)
  const view = bytesOf(bytes)
  if (view === undefined) throw invalidType(`Cannot write ${show(bytes)}: expected a string or a Uint8Array`)
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength)
}

/** Runs the program's listeners. Their exceptions are uncaught exceptions, as with Node's streams, not errors of the socket. */
function guarded(run: () => void): void {
  try {
    run()
  } catch (error) {
    process.nextTick(() => { throw error })
  }
}
