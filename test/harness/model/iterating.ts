/**
 * Iterators over messages: what they give is disposed of when they move on, and nothing is lost when they are left.
 * @module
 */
import { violated } from './channel.ts'
import { newer, type Endpoint, type Op, type Received, type Socket } from './endpoint.ts'
import type { Held, World } from './world.ts'

export class Iteration {
  readonly #world: World
  readonly endpoint: Endpoint
  readonly #socket: Socket
  readonly #iterator: AsyncIterator<Received, unknown>
  readonly #disposes: boolean
  #given: Held[] = []
  readonly #nexts = new Set<Op>()
  over = false

  constructor(world: World, endpoint: Endpoint, dispose: boolean) {
    this.#world = world
    this.endpoint = endpoint
    this.#socket = endpoint.socket!
    const { messages } = newer(this.#socket)
    this.#disposes = dispose || typeof messages !== 'function'
    this.#iterator = this.#disposes
      ? this.#socket[Symbol.asyncIterator]()
      : messages!.call(this.#socket, { dispose: false })[Symbol.asyncIterator]()
  }

  /** Whether a next() waits. */
  get pending(): boolean {
    return this.#nexts.size > 0
  }

  /** The next one, perhaps before the one before has come. */
  next(): Promise<Held | undefined> {
    const { endpoint } = this
    const op = endpoint.op(`iterator.next() [${this.#world.nextId++}]`, false, this.#socket)
    const given = this.#given.splice(0)
    for (const other of this.#nexts) other.overlapped = true
    this.#nexts.add(op)
    const promise = this.#iterator.next()
    this.#moveOn(given)
    return promise.then((result) => {
      this.#nexts.delete(op)
      return this.#world.guard(() => {
        if (result.done !== true) {
          const [held] = endpoint.got(op, [result.value])
          this.#given.push(held!)
          return held
        }
        // A loop that was left takes nothing, nor does one over a socket that is closed.
        if (op.called === 'return' || this.over || endpoint.closed || op.socket !== endpoint.socket) {
          op.state = 'failed'
          endpoint.advance()
        } else endpoint.ended(op)
        this.over = true
        // Not at once: another call may have been given a message in this very turn.
        const left = this.#given.splice(0)
        if (left.length > 0) setImmediate(() => { this.#moveOn(left) })
        return undefined
      })
    }, (error: unknown) => {
      this.#nexts.delete(op)
      this.#world.guard(() => { endpoint.failed(op, error) })
      return undefined
    })
  }

  return(): void {
    const { endpoint } = this
    this.#world.trace(`${endpoint.name}.iterator.return()`)
    const given = this.#given.splice(0)
    for (const op of this.#nexts) {
      op.called = 'return'
      op.overlapped = true
    }
    this.over = true
    const promise = this.#iterator.return?.()
    this.#moveOn(given)
    promise?.then((result) => {
      this.#world.guard(() => { if (result.done !== true) violated(`return() of an iterator of ${endpoint.name} gave a message`) })
    }, (error: unknown) => { this.#world.fail(error) })
  }

  /** What it gave is not the user's any more. */
  #moveOn(given: readonly Held[]): void {
    if (this.#disposes) for (const held of given) this.#world.gone(held)
  }
}

/** A loop that is left after so many messages, or at the end; with others of the loop's turns between them. */
export async function loop(iteration: Iteration, count: number): Promise<void> {
  for (let i = 0; i < count; i++) if ((await iteration.next()) === undefined) return
  if (!iteration.over) iteration.return()
}
