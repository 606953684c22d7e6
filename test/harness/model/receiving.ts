/**
 * Receiving, in every way there is.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { aborting, showAbort, showWhen, type When } from './aborts.ts'
import type { Endpoint, Op, Received } from './endpoint.ts'
import type { World } from './world.ts'

const { MSG_PEEK, MSG_TRUNC } = constants

export interface How {
  readonly peek: boolean
  readonly size: number | undefined
  readonly abort: When | undefined
}

const options = (endpoint: Endpoint, { peek, size }: How): { flags?: number; size?: number } => ({
  ...(peek ? { flags: MSG_PEEK | (size !== undefined && endpoint.packets ? MSG_TRUNC : 0) } : {}),
  ...(size === undefined ? {} : { size }),
})
const text = ({ peek, size, abort }: How): string => [
  peek ? 'peek' : '', size === undefined ? '' : `size ${size}`, abort === undefined ? '' : `abort ${showWhen(abort)}`,
].filter(Boolean).join(', ')

function watch(endpoint: Endpoint, op: Op, promise: Promise<Received | undefined | Received[]>): void {
  const { world } = endpoint
  promise.then((result) => {
    world.guard(() => {
      const messages = Array.isArray(result) ? result : result === undefined ? [] : [result]
      if (messages.length === 0) endpoint.ended(op)
      else endpoint.got(op, messages)
    })
  }, (error: unknown) => { world.guard(() => { endpoint.failed(op, error) }) })
}

export function receive(world: World, endpoint: Endpoint, how: How): void {
  const op = endpoint.op(`receive(${text(how)}) [${world.nextId++}]`, how.peek)
  const its = aborting(world, how.abort, op.what)
  op.reason = its.reason
  watch(endpoint, op, endpoint.socket!.receive({ ...options(endpoint, how), signal: its.signal }))
  its.arm(() => { op.called = 'abort' })
}

export function receiveMany(world: World, endpoint: Endpoint, max: number, abort: When | undefined): void {
  const op = endpoint.op(`receiveMany(${max}${showAbort(abort)}) [${world.nextId++}]`)
  const its = aborting(world, abort, op.what)
  op.reason = its.reason
  watch(endpoint, op, endpoint.socket!.receiveMany({ max, signal: its.signal }).then((messages) => {
    if (messages.length > max) world.fail(`${op.what} gave ${messages.length} messages`)
    return messages
  }))
  its.arm(() => { op.called = 'abort' })
}

/** At once, or by blocking for no time. */
export function receiveNow(world: World, endpoint: Endpoint, how: How, blocking: boolean): void {
  const socket = endpoint.socket!
  const name = blocking ? `receiveSync(${text(how)})` : `receiveNow(${text(how)})`
  const others = endpoint.undecided > 0
  const op = endpoint.op(name, how.peek)
  try {
    const message = blocking ? socket.receiveSync({ ...options(endpoint, how), timeout: 0 }) : socket.receiveNow(options(endpoint, how))
    if (message !== undefined) endpoint.got(op, [message])
    else if (socket.ended) endpoint.ended(op)
    else {
      endpoint.drop(op)
      endpoint.foundNothing(name)
    }
  } catch (error) {
    // It is refused while others wait.
    if (blocking && others && !endpoint.closed && String((error as { code?: string }).code).startsWith('ERR_CMSG_')) endpoint.drop(op)
    else endpoint.failed(op, error)
  }
  void world
}
