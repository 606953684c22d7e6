/**
 * A socket goes into other hands, with all that was sent to it: its descriptor is adopted, or passed to another process,
 * which here is ours.
 * @module
 */
import { MessageSocket, rights } from '../../../src/index.ts'
import { violated } from './channel.ts'
import { newer, type Endpoint, type Kinds, type Socket } from './endpoint.ts'
import { kindsOf } from './topology.ts'
import type { World } from './world.ts'

const hasDetach = typeof (MessageSocket.prototype as { detach?: unknown }).detach === 'function'

const adoptAs = (endpoint: Endpoint, fd: number, readAhead: number | undefined): Socket =>
  MessageSocket.adopt<Kinds>(fd, { receive: kindsOf(endpoint.receives), ...(readAhead === undefined ? {} : { readAhead }) } as never)

const mayRefuse = (world: World, endpoint: Endpoint): boolean =>
  [...world.calls].some((call) => call.endpoint === endpoint && call.messages.length > 0)

/** Detach: the descriptor, or `undefined` where it was refused because something waits to be sent. */
function detach(world: World, endpoint: Endpoint): { take(): number; [Symbol.dispose](): void } | undefined {
  const socket = endpoint.socket!
  world.trace(`${endpoint.name}.detach()`)
  let detached
  try {
    detached = newer(socket).detach!()
  } catch (error) {
    if (!mayRefuse(world, endpoint)) violated(`${endpoint.name}.detach() failed with ${String(error)}, although nothing waits to be sent`)
    return undefined
  }
  world.count.handovers++
  const { fd, messages } = detached
  if (!socket.closed) violated(`${endpoint.name} was detached, but says that it is not closed`)
  // What was read ahead comes before what the next holder reads.
  if (messages.length > 0) endpoint.got(endpoint.op(`detach(): ${messages.length} messages`), messages)
  return fd
}

/** Give the descriptor up and adopt it again. */
export function handOver(world: World, endpoint: Endpoint, readAhead: number | undefined): void {
  if (!hasDetach) return
  const fd = detach(world, endpoint)
  if (fd === undefined) return
  endpoint.socket = adoptAs(endpoint, fd.take(), readAhead)
  endpoint.advance()
}

/** Pass the socket itself in a message, give up the original, and adopt what arrives. */
export async function passOn(world: World, endpoint: Endpoint, readAhead: number | undefined): Promise<void> {
  const socket = endpoint.socket!
  // Without detach() what the original has read ahead would be lost.
  if (!hasDetach) return
  world.trace(`${endpoint.name} is passed on`)
  const [here, there] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
  try {
    await here.send('a socket', { control: [rights([socket])] })
    if (!endpoint.open || endpoint.socket !== socket) return
    const own = detach(world, endpoint)
    if (own === undefined) return
    own[Symbol.dispose]()
    // Until it is adopted there is no socket to use.
    endpoint.socket = undefined
    using message = await there.receive()
    const [fd] = message?.get(rights) ?? []
    if (fd === undefined) violated(`${endpoint.name} was passed on, but no descriptor arrived`)
    else endpoint.socket = adoptAs(endpoint, fd.take(), readAhead)
  } finally {
    await here.close()
    await there.close()
  }
}
