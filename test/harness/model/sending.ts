/**
 * Sending, and what may come of it.
 * @module
 */
import { credentials, rights, type SendOptions } from '../../../src/index.ts'
import { aborting, showAbort, showWhen, type When } from './aborts.ts'
import { ownCredentials, roomy, violated, type Channel } from './channel.ts'
import { newer, type Endpoint } from './endpoint.ts'
import { openSource, type FileKind, type Source } from './files.ts'
import { dataOf, idSize, Outgoing, type Group } from './outgoing.ts'
import type { Call, World } from './world.ts'

/** How a message is made. */
export interface Spec {
  readonly size: number
  readonly files: readonly FileKind[]
  /** State credentials: with the ids of the message where we may, which is as root. */
  readonly stated: boolean
}

const isRoot = process.geteuid!() === 0

interface Made {
  readonly message: Outgoing
  readonly options: SendOptions
  readonly sources: readonly Source[]
}

function make(world: World, channel: Channel, spec: Spec, group?: Group): Made {
  const { from, to } = channel
  const { size, files } = spec
  const stated = spec.stated && !(to.type === 'stream' && world.exclude.has('statedOnStreams'))
  const id = world.nextId++
  // Of a stream, some data goes along, so that what arrives can be told from the rest.
  const data = dataOf(id, to.type === 'stream' ? Math.max(size, 2 * idSize) : size)
  // Without room for them, descriptors would push out the pidfd behind them.
  const kinds = to.receives.pidfd && !to.receives.rights ? [] : files
  const sources = kinds.map(openSource)
  for (const source of sources) world.sources.add(source)
  const sender = stated ? { ...ownCredentials, ...(isRoot ? { uid: 1000 + id, gid: 2000 + id } : {}) } : ownCredentials
  const message = new Outgoing(id, data, sources.map(({ reference }) => reference), sender, group)
  channel.messages.push(message)
  const control = [...(stated ? [credentials(sender)] : []), ...(sources.length > 0 ? [rights(sources.map(({ fd }) => fd))] : [])]
  return { message, sources, options: { to: from.connected ? undefined : to.address as never, control } }
}

/** Whether messages fit for certain, beside what else is there. */
function fits(channel: Channel, own: readonly Outgoing[]): boolean {
  let messages = 0
  let bytes = 0
  for (const { load } of new Set([...channel.to.incoming, ...channel.from.outgoing])) {
    messages += load.messages
    bytes += load.bytes
  }
  const size = own.reduce((sum, { data, matched }) => sum + data.length - matched, 0)
  // Of one packet, the kernel has all or nothing. Else some of it is there already, and where that is more than a quarter
  // of the send buffer the kernel tells of no room.
  const enough = own.length <= 1 && channel.from.packets ? bytes - size <= roomy.bytes && size <= roomy.own
    : bytes <= (channel.from.packets ? roomy.bytes : roomy.streamBytes)
  return messages <= roomy.messages && enough
}

/** A connected datagram socket that learns that its peer is gone drops what it has not read. */
function loseUnread(from: Endpoint): void {
  if (from.type === 'datagram' && from.connected && from.peerClosed) for (const channel of from.incoming) channel.lose()
}

function beforeSend({ from, to }: Channel): void {
  loseUnread(from)
  // The socket may still be being closed, in another thread: the kernel may take a part of the message, and then the end is a reset.
  if (to.closed && from.connected && from.type === 'stream') from.resets = 1
}

const peerGone = new Set(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ENOTCONN', 'ENOENT'])

/** Whether a send may fail so. */
function allowed({ from, to }: Channel, error: unknown, socket: unknown): boolean {
  const { code, syscall } = error as { code?: string; syscall?: string }
  if (code === 'ERR_CMSG_CLOSED') return from.closed || socket !== from.socket
  // It may have waited until its peer was gone: that drops what the sender has not read.
  if (code === 'ECONNREFUSED') loseUnread(from)
  return peerGone.has(code!) && syscall === 'sendmsg' && (to.closed || from.peerClosed)
}

function call(world: World, what: string, channel: Channel, messages: readonly Outgoing[], called: () => boolean): Call {
  const { from, to } = channel
  const it: Call = {
    what, endpoint: from, messages,
    due: () => {
      if (messages.some(({ overtaken, fate }) => overtaken && fate === 'pending')) return 'what was sent later has arrived'
      if (from.closed) return 'its socket is closed'
      if (to.closed) return 'its peer is closed'
      if (called() && from.packets) return 'it was aborted'
      return fits(channel, messages) ? 'there is room' : undefined
    },
  }
  world.calls.add(it)
  return it
}

function went(message: Outgoing, { from, to }: Channel): void {
  // The socket was still being closed: the kernel took the message, and its end was a reset.
  if (to.closed && from.connected) from.resets = 1
  message.fate = message.fate === 'pending' ? 'sent' : message.fate
  if (message.overtaken) violated(`${message} was sent, but what was sent later arrived without it`)
  message.fate = message.dropped && !message.arrived ? 'maybe' : 'sent'
}

/** It was reported not to have been sent. */
function failed(message: Outgoing, partly: boolean): void {
  if (message.arrived) violated(`${message} arrived, although its send was rejected`)
  message.fate = partly ? 'maybe' : 'void'
}

export function send(world: World, channel: Channel, spec: Spec, abort: When | undefined): Promise<void> {
  const { from, to } = channel
  const { message, options, sources } = make(world, channel, spec)
  const socket = from.socket!
  const carried = `${message.data.length} bytes #${message.id}, ${sources.length} descriptors${spec.stated ? ', credentials' : ''}`
  const what = `${from.name}.send(${carried}, to ${to.name}${showAbort(abort)})`
  world.trace(what)
  let aborted = false
  const its = aborting(world, abort, what)
  beforeSend(channel)
  const promise = socket.send(message.data, { ...options, signal: its.signal } as never)
  // The sender may close its own at once.
  for (const source of sources) world.closeSource(source)
  const pending = call(world, what, channel, [message], () => aborted)
  its.arm(() => {
    aborted = true
    if (message.fate === 'pending') world.uncertain()
  })
  return promise.then((bytes) => {
    world.calls.delete(pending)
    world.guard(() => {
      if (bytes !== message.data.length) violated(`${what} resolved with ${bytes}`)
      if (abort?.after === 'nothing') violated(`${what} resolved, although its signal was aborted before`)
      went(message, channel)
    })
  }, (error: unknown) => {
    world.calls.delete(pending)
    world.trace(`  ${what} failed: ${String(error)}`)
    world.guard(() => {
      const byAbort = aborted && error === its.reason
      if (byAbort) world.count.aborts++
      else if (!allowed(channel, error, socket)) violated(`${what} failed with ${String(error)}`)
      failed(message, !from.packets && !byAbort)
    })
  })
}

export function sendNow(world: World, channel: Channel, spec: Spec): void {
  const { from, to } = channel
  const waits = channel.pending
  const roomBefore = fits(channel, [])
  const { message, options, sources } = make(world, channel, spec)
  const what = `${from.name}.sendNow(${message.data.length} bytes #${message.id}, ${sources.length} descriptors, to ${to.name})`
  world.trace(what)
  beforeSend(channel)
  try {
    const bytes = from.socket!.sendNow(message.data, options as never)
    if (bytes === undefined) {
      message.fate = 'void'
      const hasRoom = !waits && roomBefore && message.data.length <= roomy.own
      if (hasRoom && from.open && to.socket !== undefined && world.unsafe === 0) violated(`${what} did not send, although there is room`)
      return
    }
    if (from.packets ? bytes !== message.data.length : bytes < 1 || bytes > message.data.length) violated(`${what} returned ${bytes}`)
    if (bytes < message.data.length) message.shorten(bytes)
    went(message, channel)
  } catch (error) {
    message.fate = 'void'
    if (!allowed(channel, error, from.socket)) throw error
  } finally {
    for (const source of sources) world.closeSource(source)
  }
}

export function sendMany(world: World, channel: Channel, specs: readonly Spec[], abort: When | undefined): Promise<void> {
  const { from, to } = channel
  const group: Group | undefined = { broken: false }
  // After an abort it is not known how many went: then an empty one could be any.
  const made =
    specs.map((spec) => make(world, channel, abort === undefined ? spec : { ...spec, size: Math.max(spec.size, 2 * idSize) }, group))
  const messages = made.map(({ message }) => message)
  const socket = from.socket!
  const what = `${from.name}.sendMany(#${messages[0]!.id} to #${messages.at(-1)!.id}, to ${to.name}${showAbort(abort)})`
  world.trace(what)
  let aborted = false
  const its = aborting(world, abort, what)
  beforeSend(channel)
  // A socket that is still being closed may take some, too, and after an abort it is not known how many.
  if (to.closed && from.connected && abort !== undefined) from.resets = 1
  const promise = socket.sendMany(made.map(({ message, options }) => ({ ...options, data: message.data })) as never, { signal: its.signal })
  const pending = call(world, what, channel, messages, () => aborted)
  its.arm(() => {
    aborted = true
    if (messages.some(({ fate }) => fate === 'pending')) world.uncertain()
  })
  const done = (): void => {
    world.calls.delete(pending)
    for (const { sources } of made) for (const source of sources) world.closeSource(source)
  }
  return promise.then((count) => {
    done()
    world.guard(() => {
      if (count !== messages.length) violated(`${what} resolved with ${count}`)
      messages.forEach((message) => { went(message, channel) })
    })
  }, (error: unknown) => {
    done()
    world.trace(`  ${what} failed: ${String(error)}`)
    world.guard(() => {
      const byAbort = aborted && error === its.reason
      if (byAbort) world.count.aborts++
      else if (!allowed(channel, error, socket)) violated(`${what} failed with ${String(error)}`)
      const { sent } = error as { sent?: unknown }
      messages.forEach((message, i) => {
        // Without a number it is not known how many went: none, if the signal was aborted before.
        if (abort?.after === 'nothing') failed(message, false)
        else if (typeof sent === 'number' && from.packets) (i < sent ? went(message, channel) : failed(message, false))
        else if (!message.arrived) message.fate = 'maybe'
        else message.fate = 'sent'
      })
    })
  })
}

/** Wait for the sends made before, where sockets can. */
export function flush(world: World, from: Endpoint, abort: When | undefined): void {
  const socket = from.socket!
  const { flush } = newer(socket)
  if (typeof flush !== 'function') return
  const before = [...world.calls].filter(({ endpoint, messages }) => endpoint === from && messages.length > 0)
  const what = `${from.name}.flush(${abort === undefined ? '' : `abort ${showWhen(abort)}`})`
  world.trace(what)
  const left = (): boolean => before.some((one) => world.calls.has(one))
  let aborted = false
  const its = aborting(world, abort, what)
  const promise = flush.call(socket, { signal: its.signal })
  const due = (): string | undefined => {
    if (aborted) return 'it was aborted'
    if (from.closed || socket !== from.socket) return 'its socket is closed'
    return left() ? undefined : 'every send before it has'
  }
  const it: Call = { what, endpoint: from, messages: [], due }
  world.calls.add(it)
  its.arm(() => { aborted = true })
  promise.then(() => {
    world.calls.delete(it)
    // The sends have settled by now, and say so within this turn.
    setImmediate(() => {
      world.guard(() => { if (left()) violated(`${what} resolved before ${before.find((one) => world.calls.has(one))!.what}`) })
    })
  }, (error: unknown) => {
    world.calls.delete(it)
    world.guard(() => {
      const isClosed = from.closed || socket !== from.socket
      if (aborted && error === its.reason) world.count.aborts++
      else if (!isClosed || (error as { code?: string }).code !== 'ERR_CMSG_CLOSED') violated(`${what} failed with ${String(error)}`)
    })
  })
}
