/**
 * UServer: the server of the package usocket.
 * @module
 */
import { setImmediate } from 'node:timers'
import { invalidType, object, show } from '../errors.ts'
import { rights } from '../descriptors/rights.ts'
import { captureContext, type AsyncContext } from '../socket/async-context.ts'
import { createTraced } from '../stack.ts'
import { EventEmitter } from '../socket/event-emitter.ts'
import { MessageSocket } from '../socket/message-socket.ts'
import { USocket } from './socket.ts'

/** Options of {@link UServer.listen}. */
export interface UServerOptions {
  /** A pathname; or, after a NUL, an abstract name. */
  readonly path: string
  /** Number of connections that may wait to be accepted; 16 if absent. */
  readonly backlog?: number
}

const defaultBacklog = 16

/**
 * The server of `usocket`: accepts Unix stream connections as {@link USocket}s. Events: `'listening'`, `'connection' (socket)`, and
 * `'error' (error)`, after which it is closed. An existing socket file that no socket listens on is replaced, and the new file is
 * removed when the server closes.
 */
export class UServer extends EventEmitter {
  /** True from `'listening'` on, until the server is closed. */
  listening = false
  /** True between {@link pause} and {@link resume}. */
  paused = false
  /** The socket's descriptor, while the server listens. */
  declare fd: number | undefined
  #socket: MessageSocket<typeof rights> | undefined
  /** The context of the call of {@link listen}, for `'connection'` and `'error'`. */
  #context: AsyncContext | undefined
  #accepting: AbortController | undefined
  /** The call of {@link listen} that binds in the next tick, unless the server is closed before. */
  #listening: symbol | undefined
  /** The callback of {@link listen}. */
  #callback: (() => void) | undefined

  /** Listens on a path. `callback` is added for `'listening'`. @throws Error if it already listens, TypeError without a path */
  listen(path: string, callback?: () => void): void
  listen(path: string, backlog?: number, callback?: () => void): void
  listen(options: UServerOptions, callback?: () => void): void
  listen(where: string | UServerOptions, second?: number | (() => void), third?: () => void): void {
    if (this.#socket !== undefined || this.#listening !== undefined) {
      throw createTraced(() => new Error('listen on already listened UServer'))
    }
    const { path, backlog = defaultBacklog } = typeof where === 'object'
      ? object('listen', 'options', where) : { path: where, ...(typeof second === 'number' ? { backlog: second } : {}) }
    const callback = typeof second === 'function' ? second : third
    if (typeof path !== 'string') throw invalidType(`Cannot listen on ${show(path)}: UServer expects valid path`)
    if (typeof backlog !== 'number') throw invalidType(`Cannot listen with backlog ${show(backlog)}: expected a number`)
    this.#setCallback(callback)
    const call = this.#listening = Symbol('listen')
    process.nextTick(() => {
      if (this.#listening !== call) return
      this.#listening = undefined
      try {
        const unlink = !path.startsWith('\0')
        this.#socket = MessageSocket.bind(path, { type: 'stream', receive: [rights], unlink, backlog: backlog || defaultBacklog })
      } catch (error) {
        this.#setCallback(undefined)
        this.emit('error', error)
        return
      }
      this.fd = this.#socket.fd
      this.listening = true
      this.#context = captureContext()
      if (!this.paused) void this.#accept()
      this.#callback = undefined
      this.emit('listening')
    })
  }

  /** Replaces the callback of {@link listen}: after a failure another call has another callback. */
  #setCallback(callback: unknown): void {
    if (this.#callback !== undefined) this.off('listening', this.#callback)
    this.#callback = typeof callback === 'function' ? callback as () => void : undefined
    if (this.#callback !== undefined) this.once('listening', this.#callback)
  }

  /** Stops accepting connections until {@link resume}; they wait in the kernel. */
  pause(): void {
    this.paused = true
    this.#accepting?.abort()
  }

  /** Accepts connections again. */
  resume(): void {
    this.paused = false
    void this.#context?.runInAsyncScope(this.#accept, this)
  }

  /** Closes the server, without an event. Accepted connections stay open, and the server can listen again. */
  close(): void {
    this.#setCallback(undefined)
    this.#listening = undefined
    this.listening = false
    this.fd = undefined
    this.#accepting?.abort()
    void this.#socket?.close()
    this.#socket = undefined
  }

  async #accept(): Promise<void> {
    const socket = this.#socket
    if (socket === undefined || !this.listening || (this.#accepting !== undefined && !this.#accepting.signal.aborted)) return
    const { signal } = this.#accepting = new AbortController()
    while (!signal.aborted && !socket.closed) {
      let connection: USocket
      try {
        connection = USocket.of(await socket.accept({ signal }))
      } catch (error) {
        if (signal.aborted || socket.closed) return
        this.close()
        process.nextTick(() => { this.emit('error', error) })
        return
      }
      process.nextTick(() => { this.emit('connection', connection) })
      // All promises and ticks run between two connections, as with a net.Server: `await once(…)` in a loop gets each.
      await new Promise<void>((resolve) => { setImmediate(resolve) })
    }
  }
}
