/**
 * What can be done to the sockets of a run.
 * @module
 */
import fc from 'fast-check'
import { setImmediate as turn } from 'node:timers/promises'
import { at, showAbort, showWhen, whens } from './aborts.ts'
import type { Endpoint } from './endpoint.ts'
import { fileKinds } from './files.ts'
import { handOver, passOn } from './handover.ts'
import { Iteration, loop } from './iterating.ts'
import { receive, receiveMany, receiveNow } from './receiving.ts'
import { flush, send, sendMany, sendNow, type Spec } from './sending.ts'
import type { Held, World } from './world.ts'

export interface Model { readonly world: World }
export type Command = fc.AsyncCommand<Model, World>

/** What lies between a command and the next. */
type Pause = 'none' | 'microtask' | 'turn' | 'quiet'
const pauses: fc.Arbitrary<Pause> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Pause>('none') }, { weight: 1, arbitrary: fc.constant<Pause>('microtask') },
  { weight: 2, arbitrary: fc.constant<Pause>('turn') }, { weight: 1, arbitrary: fc.constant<Pause>('quiet') },
)

/** Iterators and loops of a run. */
const iterations = new WeakMap<World, Iteration[]>()
const iterationsOf = (world: World): Iteration[] => {
  let its = iterations.get(world)
  if (its === undefined) iterations.set(world, its = [])
  return its
}

class Step<P> implements Command {
  readonly #name: string
  readonly #params: P
  readonly #text: string
  readonly #pause: Pause
  readonly #run: (world: World, params: P) => unknown

  constructor(name: string, params: P, text: string, pause: Pause, run: (world: World, params: P) => unknown) {
    this.#name = name
    this.#params = params
    this.#text = text
    this.#pause = pause
    this.#run = run
  }

  check({ world }: Readonly<Model>): boolean {
    return world.violation === undefined
  }

  async run(_model: Model, world: World): Promise<void> {
    world.count.commands++
    try {
      await this.#run(world, this.#params)
    } catch (error) {
      world.fail(error)
    }
    if (this.#pause === 'microtask') await Promise.resolve()
    if (this.#pause === 'turn') await turn()
    if (this.#pause === 'quiet') await world.quiesce()
    world.check()
  }

  toString(): string {
    return `${this.#name}(${this.#text})${this.#pause === 'none' ? '' : ` then ${this.#pause}`}`
  }
}

const step = <P>(
  name: string, params: fc.Arbitrary<P>, text: (params: P) => string, run: (world: World, params: P) => unknown,
): fc.Arbitrary<Command> =>
  fc.tuple(params, pauses).map(([its, pause]) => new Step(name, its, text(its), pause, run))

const who = fc.nat(7)
const pick = <T>(list: readonly T[], i: number): T | undefined => (list.length === 0 ? undefined : list[i % list.length])
/** An endpoint that has a socket. A closed one too, now and then: it must refuse. */
function endpointOf(world: World, i: number): Endpoint | undefined {
  const open = world.endpoints.filter((endpoint) => endpoint.open)
  return i === 7 ? pick(world.endpoints.filter(({ socket }) => socket !== undefined), i) : pick(open, i)
}
const channelOf = (world: World, from: number, to: number) => {
  const endpoint = endpointOf(world, from)
  return endpoint && pick(endpoint.outgoing, to)
}

const sizes = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 0, 1, 4, 8) }, { weight: 3, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom(5000, 65535, 65536) },
)
const streamSizes = fc.oneof({ weight: 5, arbitrary: sizes }, { weight: 1, arbitrary: fc.constantFrom(120_000, 300_000) })
const file = fc.constantFrom(...fileKinds)
const files = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: fc.array(file, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(file, { maxLength: 20 }) },
)
const spec: fc.Arbitrary<Spec> = fc.record({ size: streamSizes, files, stated: fc.boolean() })
const maybeAbort = fc.option(whens, { nil: undefined, freq: 2 })
const often = fc.option(whens, { nil: undefined, freq: 1 })

const showSpec = ({ size, files, stated }: Spec): string =>
  `${size} bytes${files.length > 0 ? ` and [${files.join(', ')}]` : ''}${stated ? ', stated credentials' : ''}`
const cut = (world: World, from: number, one: Spec): Spec =>
  (endpointOf(world, from)?.packets === true ? { ...one, size: Math.min(one.size, 65536) } : one)

const how = fc.record({
  peek: fc.boolean().chain((b) => (b ? fc.boolean() : fc.constant(false))),
  size: fc.option(fc.constantFrom(4, 16, 100), { nil: undefined, freq: 4 }),
  abort: often,
})
const showHow = (peek: boolean, size: number | undefined): string => `${peek ? ', peek' : ''}${size === undefined ? '' : `, size ${size}`}`
const readAheads = fc.constantFrom(undefined, 0, 1, 256)

function heldOf(world: World, i: number): Held | undefined {
  return pick(world.held, i)
}

/** Names of commands, and how to make them. */
const all: Readonly<Record<string, readonly [weight: number, fc.Arbitrary<Command>]>> = {
  send: [5, step(
    'send', fc.tuple(who, who, spec, maybeAbort), ([from, to, one, abort]) => `${from}→${to}, ${showSpec(one)}${showAbort(abort)}`,
    (world, [from, to, one, abort]) => {
      const channel = channelOf(world, from, to)
      if (channel !== undefined) void send(world, channel, cut(world, from, one), abort)
    },
  )],
  sendAwaited: [2, step(
    'await send', fc.tuple(who, who, spec), ([from, to, one]) => `${from}→${to}, ${showSpec(one)}`,
    async (world, [from, to, one]) => {
      const channel = channelOf(world, from, to)
      // For as long as it needs no more room than there is.
      if (channel !== undefined) await Promise.race([send(world, channel, cut(world, from, one), undefined), turn()])
    },
  )],
  sendNow: [2, step(
    'sendNow', fc.tuple(who, who, spec), ([from, to, one]) => `${from}→${to}, ${showSpec(one)}`,
    (world, [from, to, one]) => {
      const channel = channelOf(world, from, to)
      if (channel !== undefined) sendNow(world, channel, cut(world, from, one))
    },
  )],
  sendMany: [2, step(
    'sendMany', fc.tuple(who, who, fc.array(spec, { minLength: 1, maxLength: 30 }), maybeAbort),
    ([from, to, list, abort]) => `${from}→${to}, [${list.map(showSpec).join('; ')}]${showAbort(abort)}`,
    (world, [from, to, list, abort]) => {
      const channel = channelOf(world, from, to)
      if (channel !== undefined) void sendMany(world, channel, list.map((one) => cut(world, from, one)), abort)
    },
  )],
  flush: [1, step('flush', fc.tuple(who, maybeAbort), ([from, abort]) => `${from}${showAbort(abort)}`, (world, [from, abort]) => {
    const endpoint = endpointOf(world, from)
    if (endpoint !== undefined) flush(world, endpoint, abort)
  })],
  receive: [6, step(
    'receive', fc.tuple(who, how), ([i, { peek, size, abort }]) => `${i}${showHow(peek, size)}${showAbort(abort)}`,
    (world, [i, its]) => {
      const endpoint = receiver(world, i)
      if (endpoint !== undefined) receive(world, endpoint, its)
    },
  )],
  receiveNow: [3, step(
    'receiveNow', fc.tuple(who, how, fc.nat(3)),
    ([i, { peek, size }, sync]) => `${i}${showHow(peek, size)}${sync === 0 ? ', receiveSync' : ''}`,
    (world, [i, its, sync]) => {
      const endpoint = receiver(world, i)
      const overtakes = endpoint !== undefined && endpoint.undecided > 0
      if (endpoint !== undefined && !(overtakes && world.exclude.has('overtaking'))) {
        receiveNow(world, endpoint, { ...its, abort: undefined }, sync === 0)
      }
    },
  )],
  receiveMany: [2, step(
    'receiveMany', fc.tuple(who, fc.integer({ min: 1, max: 40 }), often), ([i, max, abort]) => `${i}, max ${max}${showAbort(abort)}`,
    (world, [i, max, abort]) => {
      const endpoint = receiver(world, i)
      const loops = endpoint !== undefined && iterationsOf(world).some((iteration) => iteration.endpoint === endpoint && !iteration.over)
      if (endpoint !== undefined && !(loops && world.exclude.has('behindMany'))) receiveMany(world, endpoint, max, abort)
    },
  )],
  iterate: [1, step('iterate', fc.tuple(who, fc.boolean()), ([i, dispose]) => `${i}, dispose ${dispose}`, (world, [i, dispose]) => {
    const endpoint = endpointOf(world, i)
    if (endpoint !== undefined && !endpoint.closed) iterationsOf(world).push(new Iteration(world, endpoint, dispose))
  })],
  next: [2, step('next', who, String, (world, i) => {
    const excluded = (endpoint: Endpoint): boolean => world.exclude.has('behindMany') && manyWaits(endpoint)
    const able = iterationsOf(world).filter(({ over, endpoint }) => !over && endpoint.socket !== undefined && !excluded(endpoint))
    const iteration = pick(able, i)
    if (!(iteration?.pending === true && world.exclude.has('overlappingNext'))) void iteration?.next()
  })],
  return: [1, step('return', fc.tuple(who, whens), ([i, when]) => `${i}, ${showWhen(when)}`, (world, [i, when]) => {
    const iteration = pick(iterationsOf(world), i)
    if (iteration !== undefined) at(world, when, 'return()', () => { if (mayReturn(world, iteration)) iteration.return() })
  })],
  loop: [1, step(
    'for await', fc.tuple(who, fc.integer({ min: 1, max: 4 }), fc.boolean()),
    ([i, count, dispose]) => `${i}, break after ${count}, dispose ${dispose}`,
    (world, [i, count, dispose]) => {
      const endpoint = receiver(world, i)
      if (endpoint === undefined || endpoint.closed) return
      const iteration = new Iteration(world, endpoint, dispose)
      iterationsOf(world).push(iteration)
      void loop(iteration, count).catch((error: unknown) => { world.fail(error) })
    },
  )],
  dispose: [2, step('dispose', fc.tuple(who, whens), ([i, when]) => `${i}, ${showWhen(when)}`, (world, [i, when]) => {
    const held = heldOf(world, i)
    if (held !== undefined) at(world, when, 'dispose', () => { world.dispose(held) })
  })],
  take: [1, step('take', fc.tuple(who, who), ([i, k]) => `${i}, ${k}`, (world, [i, k]) => {
    const held = heldOf(world, i)
    const one = held && pick(held.owned.filter(({ handle }) => handle.owned), k)
    if (one !== undefined) world.taken.set(one.handle.take(), one.reference)
  })],
  close: [1, step('close', fc.tuple(who, whens), ([i, when]) => `${i}, ${showWhen(when)}`, (world, [i, when]) => {
    const endpoint = endpointOf(world, i)
    // Nothing is learned from a run whose sockets are all closed.
    if (endpoint !== undefined) at(world, when, 'close', () => {
      const resets = endpoint.type !== 'datagram' && endpoint.incoming.some(({ load }) => load.messages > 0)
      if (endpoint.open && !(resets && world.exclude.has('afterReset'))) world.close(endpoint)
    })
  })],
  connect: [1, step('connect', maybeAbort, showAbort, (world, abort) => { world.listener?.connect(abort) })],
  accept: [1, step('accept', maybeAbort, showAbort, (world, abort) => { world.listener?.accept(abort) })],
  closeListener: [0.2, step('close the listener', whens, showWhen, (world, when) => {
    at(world, when, 'close the listener', () => { world.listener?.close() })
  })],
  detach: [1, step(
    'detach and adopt', fc.tuple(who, readAheads), ([i, readAhead]) => `${i}, readAhead ${readAhead}`,
    (world, [i, readAhead]) => {
      const endpoint = endpointOf(world, i)
      if (endpoint?.open === true) handOver(world, endpoint, readAhead)
    },
  )],
  pass: [1, step(
    'pass in rights and adopt', fc.tuple(who, readAheads), ([i, readAhead]) => `${i}, readAhead ${readAhead}`,
    async (world, [i, readAhead]) => {
      const endpoint = endpointOf(world, i)
      if (endpoint?.open === true) await passOn(world, endpoint, readAhead)
    },
  )],
  account: [1, step('account for descriptors', fc.constant(undefined), () => '', async (world) => {
    await world.quiesce()
    await world.account(false)
  })],
}

/**
 * What can be excluded: commands, and details of them.
 * - `statedOnStreams`: stated credentials on streams
 * - `overtaking`: receiveNow and receiveSync while other calls wait
 * - `behindMany`: calls that receive, while a receiveMany waits
 * - `overlappingNext`: next() of an iterator before the one before it has settled
 * - `afterReset`: closing a stream or seqpacket socket that has not read everything, for the other end then gets ECONNRESET
 * - `returnPending`: return() of an iterator while a next() waits
 */
export const exclusions: readonly string[] = [
  ...Object.keys(all), 'statedOnStreams', 'overtaking', 'behindMany', 'overlappingNext', 'returnPending', 'afterReset',
]

const manyWaits = (endpoint: Endpoint): boolean => endpoint.waiting.some(({ what }) => what.includes('receiveMany'))

/** An endpoint that may be told to receive. */
function receiver(world: World, i: number): Endpoint | undefined {
  const endpoint = endpointOf(world, i)
  return endpoint !== undefined && world.exclude.has('behindMany') && manyWaits(endpoint) ? undefined : endpoint
}
const mayReturn = (world: World, iteration: Iteration): boolean =>
  !iteration.over && !(iteration.pending && world.exclude.has('returnPending'))

/** Lists of commands, without those that are excluded. */
export function commands(exclude: ReadonlySet<string>, replayPath: string | undefined): fc.Arbitrary<Iterable<Command>> {
  const weighted = Object.entries(all).filter(([name]) => !exclude.has(name)).flatMap(([, [weight, arbitrary]]) =>
    Array<fc.Arbitrary<Command>>(Math.max(1, Math.round(weight))).fill(arbitrary))
  return fc.commands(weighted, { maxCommands: 60, size: 'max', ...(replayPath === undefined ? {} : { replayPath }) })
}
