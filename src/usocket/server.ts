/**
 * UServer: the server of the package usocket.
 * @module
 */
import type { EventEmitter } from 'node:events'
import { invalidType, show } from '../errors.ts'
import { rights } from '../descriptors/rights.ts'
import { MessageSocket } from '../socket/message-socket.ts'
import { USocket } from './socket.ts'

// Had without an import, which would cost all who import this package.
const { EventEmitter: Base }: { readonly EventEmitter: typeof EventEmitter } = process.getBuiltinModule('node:events')

/** Where a {@link UServer} listens. */
export interface UServerOptions {
  /** A pathname; or, after a NUL, an abstract name. */
  readonly path: string
  /** Connections that may wait to be accepted; 16 if absent. */
  readonly backlog?: number
}

const defaultBacklog = 16

/**
 * The server of `usocket`: Unix stream connections, each a {@link USocket}. Events: `'listening'`, `'connection' (socket)`,
 * `'error' (error)`, after which it is closed. A socket file that nobody listens on is replaced, and its own is removed when
 * it is closed.
 */
export class UServer extends Base {
  /** True from `'listening'` on. */
  listening = false
  /** True between {@link pause} and {@link resume}. */
  paused = false
  /** The number of the socket's descriptor, from `'listening'` on. */
  declare fd: number | undefined
  #socket: MessageSocket<typeof rights> | undefined
  #accepting: AbortController | undefined

  /** Listen on a path. `callback` is a listener of `'listening'`. @throws Error when it does already, TypeError without a path */
  listen(path: string, callback?: () => void): void
  listen(path: string, backlog?: number, callback?: () => void): void
  listen(options: UServerOptions, callback?: () => void): void
  listen(where: string | UServerOptions, second?: number | (() => void), third?: () => void): void {
    if (this.#socket !== undefined || this.listening) throw new Error('listen on already listened UServer')
    const { path, backlog = defaultBacklog } = typeof where === 'object' ? where : { path: where, ...(typeof second === 'number' ? { backlog: second } : {}) }
    const callback = typeof second === 'function' ? second : third
    if (typeof path !== 'string') throw invalidType(`Cannot listen on ${show(path)}: UServer expects valid path`)
    if (typeof backlog !== 'number') throw invalidType(`Cannot listen with backlog ${show(backlog)}: expected a number`)
    if (typeof callback === 'function') this.once('listening', callback)
    process.nextTick(() => {
      try {
        this.#socket = MessageSocket.bind(path, { type: 'stream', receive: [rights], unlink: !path.startsWith('\0'), backlog: backlog || defaultBacklog })
      } catch (error) {
        this.emit('error', error)
        return
      }
      this.fd = this.#socket.fd
      this.emit('listening')
      this.listening = true
      if (!this.paused) void this.#accept()
    })
  }

  /** Accept no connections until {@link resume}: they wait in the kernel. */
  pause(): void {
    this.paused = true
    this.#accepting?.abort()
  }

  /** Accept connections again. */
  resume(): void {
    this.paused = false
    void this.#accept()
  }

  /** Close the server. No event follows; connections that were accepted go on. */
  close(): void {
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
    }
  }
}
