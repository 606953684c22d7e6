/**
 * The sockets of a run are made.
 * @module
 */
import { join } from 'node:path'
import { MessageSocket } from '../../../src/index.ts'
import { Endpoint, type Kinds, type Socket } from './endpoint.ts'
import { folder } from './files.ts'
import { Listener } from './listening.ts'
import { channel, optionsOf, type Topology } from './topology.ts'
import type { World } from './world.ts'

let paths = 0
const newPath = (): string => join(folder, `socket${paths++}`)

export function build(world: World, topology: Topology): void {
  const { shape, type, receives } = topology
  const options = optionsOf(topology)
  const endpoint = (name: string, connected: boolean, socket?: Socket): Endpoint => {
    const it = new Endpoint(world, name, type, receives, connected, socket)
    world.endpoints.push(it)
    return it
  }
  if (shape === 'pair') {
    const [one, two] = MessageSocket.pair<Kinds>({ type, ...options })
    const [a, b] = [endpoint('a', true, one), endpoint('b', true, two)]
    channel(a, b)
    channel(b, a)
    return
  }
  const path = newPath()
  if (type !== 'datagram') {
    const socket = MessageSocket.bind<Kinds>(path, { type, unlink: true, ...options })
    world.others.push(socket)
    world.listener = new Listener(world, socket, path, topology)
    world.listener.connect(undefined)
    world.listener.accept(undefined)
    return
  }
  const server = endpoint('server', false, MessageSocket.bind<Kinds>(path, { type, unlink: true, ...options }))
  server.address = path
  server.addressKey = JSON.stringify({ path })
  const client = (name: string, connected: boolean): void => {
    const socket = MessageSocket.open<Kinds>({ family: 'unix', type, ...options })
    socket.bind({ unnamed: true })
    const it = endpoint(name, connected, socket)
    it.address = socket.address as never
    it.addressKey = JSON.stringify(socket.address)
    // Of a datagram socket it is done when the call returns.
    if (connected) socket.connect(path).catch((error: unknown) => { world.fail(error) })
    channel(it, server)
    channel(server, it)
  }
  client('client', false)
  client('connected', true)
}
