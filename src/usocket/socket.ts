/**
 * USocket: the stream of the package usocket, over a {@link MessageDuplex}.
 * @module
 */
import { closed, invalidType, object, show } from '../errors.ts'
import { createTraced } from '../stack.ts'
import { adoptedDuplex } from '../socket/making.ts'
import { KeptDescriptors } from '../socket/duplex/kept.ts'
import { LazyDuplex } from '../socket/duplex/lazy.ts'
import type { MessageDuplex, WriteCallback } from '../socket/duplex/message-duplex.ts'
import { MessageSocket } from '../socket/message-socket.ts'
import { rights } from '../descriptors/rights.ts'

/** The path that a {@link USocket} connects to, or the descriptor of a connection, which it then owns. */
export interface USocketOptions {
  /** A pathname; or, after a NUL, an abstract name. */
  readonly path?: string | undefined
  /** An open descriptor. */
  readonly fd?: number | undefined
  /** Leaves the sending direction open when the peer ends its own; true if absent. */
  readonly allowHalfOpen?: boolean | undefined
}

/** An argument of {@link USocket.write}, besides text and bytes. */
export interface UWrite {
  readonly data?: Buffer
  /** Descriptors to send with the first byte of `data`. Keep them open until they were sent. */
  readonly fds?: readonly number[]
  /** Called with this object when it was sent. */
  readonly callback?: (chunk: UWrite) => void
}

/** An operation that waits for the connection. */
interface Waiting {
  go(stream: MessageDuplex): void
  /** Absent for a read, which can wait for another connection. */
  readonly callback: WriteCallback | undefined
}

/** The result of {@link USocket.read} when it is asked for descriptors. */
export interface URead {
  readonly data: Buffer | null
  readonly fds: number[]
}

/**
 * The socket of `usocket`: a Duplex over a Unix stream socket that sends and receives file descriptors.
 *
 * Events besides those of a Duplex: `'connected'`, and `'fds' (fds)` before the bytes that they came with. A listener of `'fds'` owns
 * the descriptors, and {@link read} returns the same numbers. Without a listener, the caller of {@link read} owns them, and
 * descriptors that were not read are closed with the socket.
 *
 * @example
 * import { closeSync, openSync, readFileSync } from 'node:fs'
 * import { USocket, UServer } from 'cmsg/usocket'
 *
 * const server = new UServer()
 * server.on('connection', (connection: USocket) => {
 *   const fd = openSync('/etc/hostname', 'r')
 *   connection.end({ data: Buffer.from('message'), fds: [fd], callback: () => closeSync(fd) })
 * })
 * server.listen('/tmp/usocket.sock', () => {
 *   const client = new USocket('/tmp/usocket.sock')
 *   client.on('readable', () => {
 *     const received = client.read(7, 1)
 *     if (received === null) return
 *     console.log(String(received.data), readFileSync(received.fds[0]!).length > 0) // message true
 *     closeSync(received.fds[0]!)
 *     client.end()
 *     server.close()
 *   })
 * })
 */
export class USocket extends LazyDuplex {
  /** The socket's descriptor, once it is connected. */
  declare fd: number | undefined
  #stream: MessageDuplex | undefined
  #connecting: AbortController | undefined
  readonly #fds = new KeptDescriptors(this, "listen to 'fds', or call read(size, count)")
  /** Operations that wait for the connection. */
  #waiting: Waiting[] = []
  /** The encoding of text that is written without one. */
  #encoding: BufferEncoding = 'utf8'
  /** The error that a callback of the program got. */
  #told: Error | undefined
  /** A write with a callback is being made. */
  #tells = false

  /** Connects if there is a `path` or an `fd`; `callback` is added for `'connected'`. */
  constructor(options?: string | USocketOptions | null, callback?: () => void) {
    const given = options ?? {}
    const { path, fd, allowHalfOpen = true } = typeof given === 'object' ? object('USocket', 'options', given) : { path: given }
    super({ writableObjectMode: true, allowHalfOpen })
    // As in usocket, an empty path is none.
    if (fd === undefined && (path === undefined || path === '')) return
    this.connect({ ...(path === undefined ? {} : { path }), ...(fd === undefined ? {} : { fd }) }, callback)
  }

  /**
   * Connects to a path, or uses the connection of an open descriptor. `callback` is added for `'connected'`, which is emitted for a new
   * connection but not for a descriptor. After a failure, which emits `'error'` and `'close'`, it can be called again, unless a write
   * or an end has waited for the connection: then the socket is destroyed.
   * @throws Error if it is already connected or connecting, or destroyed; TypeError without a path; SystemError EBADF, ENOTSOCK
   */
  connect(options: string | USocketOptions, callback?: () => void): void {
    if (this.destroyed) throw closed('Cannot connect a USocket that was destroyed: create another one')
    if (this.#attached) throw createTraced(() => new Error('connect on already connected USocket'))
    const { path, fd } = typeof options === 'string' ? { path: options } : object('connect', 'options', options)
    if (typeof fd === 'number') this.#use(adoptedDuplex(fd, { receive: [rights] }))
    else if (typeof path === 'string') this.#connect(path, callback)
    else throw invalidType(`Cannot connect to ${show(path)}: expected a path`)
    if (typeof callback === 'function') this.once('connected', callback)
  }

  #connect(path: string, callback: (() => void) | undefined): void {
    const { signal } = this.#connecting = new AbortController()
    MessageSocket.connect(path, { type: 'stream', receive: [rights], signal }).then((socket) => {
      if (this.destroyed) {
        void socket.close()
        return
      }
      this.#use(streamOf(socket))
      process.nextTick(() => { this.#connected() })
    }).catch((error: unknown) => {
      // It may be connected again, with another callback.
      if (typeof callback === 'function') this.off('connected', callback)
      this.#failConnecting(error as Error)
    })
  }

  /** Emits `'connected'`, and starts the operations that have waited. */
  #connected(): void {
    if (this.destroyed) return
    try {
      this.emit('connected')
    } finally {
      if (this.#stream !== undefined) for (const { go } of this.#waiting.splice(0)) go(this.#stream)
    }
  }

  #failConnecting(error: Error): void {
    if (this.destroyed) return
    this.#connecting = undefined
    if (this.#waiting.some(({ callback }) => callback !== undefined)) {
      // A stream whose write has failed writes no more.
      this.destroy(error)
      return
    }
    process.nextTick(() => {
      this.emit('error', error)
      if (!this.destroyed) this.emit('close', error)
    })
  }

  /** Creates a socket for an accepted connection. @internal */
  static of(socket: MessageSocket<typeof rights>): USocket {
    const made = new USocket()
    made.#use(streamOf(socket))
    return made
  }

  #use(stream: MessageDuplex): void {
    this.#stream = stream
    this.fd = stream.fd
    stream.on('fds', (fds: number[]) => {
      if (this.listenerCount('fds') === 0) this.#fds.add(fds)
      else {
        this.#fds.addOwnedByListener(fds)
        this.emit('fds', fds)
      }
    })
    // Before there is a listener, which would make the stream read at once, even if the program does not.
    stream.pause()
    stream.on('data', (chunk: Buffer) => { if (!this.push(chunk)) stream.pause() })
    stream.on('end', () => {
      this.push(null)
      // As with a net.Socket, the end is emitted even if the program does not read, unless there is data to read before it.
      this.read(0)
    })
    stream.on('error', (error) => { this.destroy(error) })
  }

  /** `callback` gets the error if the socket is destroyed before it is connected. */
  #withStream(go: (stream: MessageDuplex) => void, callback?: WriteCallback): void {
    if (this.#stream === undefined) this.#waiting.push({ go, callback })
    else go(this.#stream)
  }

  /** @internal */
  override _read(): void {
    this.#withStream((stream) => { stream.resume() })
  }

  /**
   * Returns the next `size` bytes, or all available bytes if absent or null, or `null` if there are too few. With `count` the result
   * also has that many descriptors, or all available ones for `null`; it is `null` if either is not available yet. The caller owns
   * the descriptors.
   */
  override read(size?: number | null): Buffer | null
  override read(size: number | null | undefined, count: number | null): URead | null
  override read(size?: number | null, count?: number | null): Buffer | URead | null {
    const bytes = size ?? undefined
    if (count === undefined) return super.read(bytes) as Buffer | null
    if (count !== null && this.#fds.length < count) return null
    const data = super.read(bytes) as Buffer | null
    if (bytes !== undefined && bytes !== 0 && data === null) return null
    return { data, fds: this.#fds.take(count ?? Infinity) }
  }

  /** Puts back bytes, to be read next, and descriptors, which the socket then owns again. */
  override unshift(chunk: Uint8Array | string | null | undefined, fds?: BufferEncoding | readonly number[]): void {
    if (chunk !== null && chunk !== undefined) super.unshift(chunk)
    if (Array.isArray(fds)) this.#fds.putBack(fds as readonly number[])
  }

  /**
   * Writes text, bytes, or `{ data, fds, callback }`. Descriptors are sent with the first byte of `data`, which must not be empty:
   * the kernel drops descriptors without data. `callback` gets the error if the write fails, and the socket is then closed. Without a
   * callback the error is emitted. A write before {@link connect} fails, and the socket can still be connected.
   * @returns false when the program should wait for `'drain'`
   */
  override write(
    chunk: string | Uint8Array | UWrite | readonly number[], encoding?: BufferEncoding | WriteCallback | null, callback?: WriteCallback,
  ): boolean {
    const last = typeof encoding === 'function' ? encoding : callback
    const done = typeof last === 'function' ? last : undefined
    if (!this.#attached && !this.writableEnded && !this.destroyed && this.writableCorked === 0) {
      // Not by way of `_write`: a stream whose write has failed writes no more.
      const error = notConnected()
      process.nextTick(() => {
        if (done === undefined) this.emit('error', error)
        else done(error)
      })
      return true
    }
    this.#tells = done !== undefined
    try {
      return super.write(chunk, this.#encodingOf(chunk, encoding), this.#telling(done) as WriteCallback)
    } finally {
      this.#tells = false
    }
  }

  /** Ends the sending direction, after a last write. `callback` is called then, or with the error, which is not emitted as well. */
  override end(callback?: () => void): this
  /** The same, with a last chunk. */
  override end(chunk: unknown, callback?: () => void): this
  /** The same, with a last chunk of text. */
  override end(chunk: unknown, encoding?: BufferEncoding, callback?: () => void): this
  override end(...args: unknown[]): this {
    const at = args.findIndex((one) => typeof one === 'function')
    const done = this.#telling(args[at] as WriteCallback | undefined) as (() => void) | undefined
    const [chunk, encoding] = at < 0 ? args : args.slice(0, at)
    return super.end(chunk, this.#encodingOf(chunk, encoding), done)
  }

  /** Sets the encoding of text that is written without one. */
  override setDefaultEncoding(encoding: BufferEncoding): this {
    super.setDefaultEncoding(encoding)
    this.#encoding = encoding
    return this
  }

  /** The encoding of a chunk. Node does not supply the default one to a stream that also takes objects. */
  #encodingOf(chunk: unknown, encoding: unknown): BufferEncoding {
    const own = typeof encoding === 'string' && encoding !== '' ? encoding as BufferEncoding : this.#encoding
    return typeof chunk === 'string' ? own : 'utf8'
  }

  /** As in usocket, an error that a callback gets is not emitted. */
  #telling(done: WriteCallback | undefined): WriteCallback | undefined {
    if (done === undefined) return undefined
    return (error) => {
      if (error instanceof Error) this.#told = error
      done(error)
    }
  }

  /** True if it is connected or connecting. */
  get #attached(): boolean {
    return this.#stream !== undefined || this.#connecting !== undefined
  }

  /** @internal */
  override _write(chunk: string | Uint8Array | UWrite | readonly number[], encoding: BufferEncoding, callback: WriteCallback): void {
    let write: UWrite
    try {
      write = writeOf(chunk, encoding)
    } catch (error) {
      return callback(error as Error)
    }
    if (!this.#attached) return callback(notConnected())
    // A write that has waited calls back in a later tick, as the stream does for the callback of the write itself, which comes first.
    const done: WriteCallback = this.#stream !== undefined ? callback : (error) => { process.nextTick(callback, error) }
    this.#withStream((stream) => { send(stream, chunk, write, done) }, callback)
  }

  /** @internal */
  override _final(callback: WriteCallback): void {
    if (!this.#attached) return callback()
    // As in usocket, the end of the peer is noticed even if the program does not read.
    this.read(0)
    this.#withStream((stream) => { stream.end(callback) }, callback)
  }

  /** @internal */
  override _destroy(error: Error | null, callback: WriteCallback): void {
    this.#connecting?.abort()
    this.#stream?.destroy()
    this.#fds.close()
    callback(this.#tells || error === this.#told ? null : error)
    const waiting = this.#waiting.splice(0)
    if (waiting.length === 0) return
    const reason = error ?? closed('The socket was destroyed before it was connected')
    process.nextTick(() => { for (const one of waiting) one.callback?.(reason) })
  }
}

const notConnected = (): Error => createTraced(() => new Error('USocket not connected'))

/** The stream that takes over a new connection, which is closed on failure. */
function streamOf(socket: MessageSocket<typeof rights>): MessageDuplex {
  try {
    return socket.toDuplex()
  } catch (error) {
    void socket.close()
    throw error
  }
}

/** Passes on a write. `callback` is called before this returns if the kernel has everything; see {@link MessageDuplex}. */
function send(stream: MessageDuplex, chunk: unknown, { data, fds, callback: onSent }: UWrite, callback: WriteCallback): void {
  let isSent = false
  try {
    stream.writeWithFds(data ?? Buffer.alloc(0), fds ?? [], (error) => {
      if (error === undefined || error === null) onSent?.(chunk as UWrite)
      if (!isSent) callback(error)
    })
  } catch (error) {
    return callback(error as Error)
  }
  isSent = stream.writableLength === 0 && stream.errored === null && !stream.destroyed
  if (isSent) callback()
}

function writeOf(chunk: string | Uint8Array | UWrite | readonly number[], encoding: BufferEncoding): UWrite {
  if (typeof chunk === 'string') return { data: Buffer.from(chunk, encoding) }
  if (ArrayBuffer.isView(chunk)) return { data: chunk as Buffer }
  const write: UWrite = Array.isArray(chunk) ? { fds: chunk as readonly number[] } : chunk as UWrite
  const { data, fds, callback } = typeof write === 'object' ? write : {}
  if (data !== undefined && !ArrayBuffer.isView(data)) throw invalidType(`Cannot write ${show(data)}: USocket data needs to be a buffer`)
  if (fds !== undefined && !Array.isArray(fds)) throw invalidType(`Cannot send ${show(fds)}: USocket fds needs to be an array`)
  if (callback !== undefined && typeof callback !== 'function') {
    throw invalidType(`Cannot use ${show(callback)} as callback: USocket write callback needs to be a function`)
  }
  if (data === undefined && fds === undefined) throw invalidType(`Cannot write ${show(chunk)}: USocket write needs a data or array`)
  return write
}
