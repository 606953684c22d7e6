/**
 * A socket that listens, its clients, and those who accept them.
 * @module
 */
import { MessageSocket } from '../../../src/index.ts'
import { aborting, showWhen, type When } from './aborts.ts'
import { violated } from './channel.ts'
import { Endpoint, type Kinds, type Socket } from './endpoint.ts'
import { channel, optionsOf, type Topology } from './topology.ts'
import type { Call, World } from './world.ts'

const maxClients = 4

export class Listener {
  readonly #world: World
  readonly #socket: Socket
  readonly #path: string
  readonly #topology: Topology
  /** The ends that nobody has accepted yet, in the order of the connections, with the address of the client. */
  #backlog: { readonly end: Endpoint; readonly client: string }[] = []
  #clients = 0

  constructor(world: World, socket: Socket, path: string, topology: Topology) {
    this.#world = world
    this.#socket = socket
    this.#path = path
    this.#topology = topology
  }

  connect(abort: When | undefined): void {
    const world = this.#world
    if (this.#clients === maxClients || this.#socket.closed) return
    const name = `c${++this.#clients}`
    const { type, receives } = this.#topology
    const socket = MessageSocket.open<Kinds>({ family: 'unix', type, ...optionsOf(this.#topology) })
    socket.bind({ unnamed: true })
    const what = `${name}.connect(${abort === undefined ? '' : `abort ${showWhen(abort)}`})`
    world.trace(what)
    const its = aborting(world, abort, what)
    if (abort?.after === 'nothing') {
      // It does not even try.
      world.others.push(socket)
      socket.connect(this.#path, { signal: its.signal }).then(() => {
        world.fail(`${what} resolved, although its signal was aborted`)
      }, (error: unknown) => {
        if (error !== its.reason) world.fail(`${what} failed with ${String(error)}`)
      })
      return
    }
    const client = new Endpoint(world, name, type, receives, true, socket)
    const end = new Endpoint(world, `s${this.#clients}`, type, receives, true)
    channel(client, end)
    channel(end, client)
    world.endpoints.push(client, end)
    this.#backlog.push({ end, client: JSON.stringify(socket.address) })
    // The backlog has room for all: it is done when the call returns, and an abort comes too late.
    socket.connect(this.#path, { signal: its.signal }).catch((error: unknown) => {
      if (!client.closed) world.fail(`${what} failed with ${String(error)}`)
    })
    its.arm(() => {})
  }

  accept(abort: When | undefined): void {
    const world = this.#world
    const socket = this.#socket
    const what = `accept(${abort === undefined ? '' : `abort ${showWhen(abort)}`}) [${world.nextId++}]`
    world.trace(what)
    let aborted = false
    const its = aborting(world, abort, what)
    const due = (): string | undefined => {
      if (socket.closed) return 'the listener is closed'
      if (aborted) return 'it was aborted'
      return this.#backlog.length > 0 ? 'a connection waits' : undefined
    }
    const it: Call = { what, endpoint: undefined, messages: [], due }
    world.calls.add(it)
    socket.accept({ signal: its.signal }).then((accepted) => {
      world.calls.delete(it)
      world.guard(() => {
        const first = this.#backlog.shift()
        if (first === undefined) {
          world.others.push(accepted)
          return violated(`${what} gave a connection that nobody made`)
        }
        first.end.socket = accepted
        world.trace(`  ${what} gave ${first.end.name}`)
        const remote = accepted.remoteAddress
        // Whose client has closed, it has no peer to tell the name of.
        if (remote !== undefined && JSON.stringify(remote) !== first.client) {
          violated(`${what} gave the connection of ${JSON.stringify(remote)} before that of ${first.client}`)
        }
      })
    }, (error: unknown) => {
      world.calls.delete(it)
      world.trace(`  ${what} failed: ${String(error)}`)
      if (aborted && error === its.reason) world.count.aborts++
      else if (!socket.closed || (error as { code?: string }).code !== 'ERR_CMSG_CLOSED') world.fail(`${what} failed with ${String(error)}`)
    })
    its.arm(() => { aborted = true })
  }

  /** Those that nobody has accepted are reset. */
  close(): void {
    const world = this.#world
    if (this.#socket.closed) return
    world.trace('listener.close()')
    world.count.closes++
    for (const { end } of this.#backlog.splice(0)) {
      world.closing(end)
      for (const { to } of end.outgoing) to.resets = 1
    }
    void this.#socket.close()
  }
}
