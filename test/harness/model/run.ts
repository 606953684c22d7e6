/**
 * The property: whatever is done to sockets, they do what the model says.
 * @module
 */
import fc from 'fast-check'
import { setImmediate as turn } from 'node:timers/promises'
import { MessageSocket } from '../../../src/index.ts'
import { build } from './build.ts'
import { Violation } from './channel.ts'
import { commands, type Command } from './commands.ts'
import { receive, receiveNow } from './receiving.ts'
import { showTopology, topologies, type Topology } from './topology.ts'
import { newCount, patience, World, type Count } from './world.ts'

export interface Settings {
  readonly seed: number
  /** Begin no further seed after so long, ms. */
  readonly ms: number
  /** Of a failure to be run again. */
  readonly path?: string | undefined
  readonly replayPath?: string | undefined
  /** Commands and details that are not to be used, by their names in commands.ts. */
  readonly exclude?: readonly string[]
  readonly count?: Count
}

/** Runs with one seed: after a failure no more than these have to be searched. */
const runsPerSeed = 50

/** Run until the time is over: what is wrong with the sockets, and how to see it again; `undefined` when nothing is. */
export async function check(settings: Settings): Promise<string | undefined> {
  const start = performance.now()
  for (let { seed } = settings; ; seed++) {
    const failure = await checkSeed({ ...settings, seed })
    if (failure !== undefined || settings.path !== undefined || performance.now() - start >= settings.ms) return failure
  }
}

async function checkSeed(settings: Settings): Promise<string | undefined> {
  const { seed, path, replayPath, exclude = [], count = newCount() } = settings
  const end = await keepReady()
  patience.ms = usualPatience
  let history = ''
  let giveUp = Infinity
  try {
    const excluded = new Set(exclude)
    const property = fc.asyncProperty(
      topologies, fc.scheduler(), commands(excluded, replayPath), fc.constantFrom<Ending[]>('drain', 'close first', 'just close'),
      async (topology, scheduler, list, ending) => {
        // Small enough: from now on nothing fails any more.
        if (performance.now() > giveUp) return
        const world = new World(count, (label) => scheduler.schedule(Promise.resolve(), label), excluded)
        try {
          await run(world, topology, scheduler, list, ending)
        } catch (error) {
          history = `${showTopology(topology)}\n${world.history}`
          // While it is made smaller, do not wait for as long each time.
          patience.ms = shortPatience
          giveUp = Math.min(giveUp, performance.now() + shrinkingTime)
          throw error
        }
      },
    )
    const result = await fc.check(property, {
      seed, numRuns: runsPerSeed, // What is run again is small already.
      endOnFailure: path !== undefined, ...(path === undefined ? {} : { path }),
    })
    if (!result.failed) return undefined
    const { errorInstance: error, counterexamplePath } = result
    const [topology, , list, ending] = result.counterexample ?? []
    const replay = /replayPath="([^"]*)"/.exec(String(list))?.[1]
    const again = [
      `--seed ${result.seed}`, `--path ${counterexamplePath}`,
      ...(replay === undefined ? [] : [`--replay '${replay}'`]),
      ...(exclude.length > 0 ? [`--exclude ${exclude.join()}`] : []),
    ]
    return [
      `The sockets (CMSG_READINESS=${process.env.CMSG_READINESS ?? ''}) do not do what the model says: `
        + (error instanceof Error ? error.message : String(error)),
      topology === undefined ? '' : `sockets: ${showTopology(topology)}`,
      `commands: ${String(list)}`,
      `then: ${ending}`,
      `what happened:\n${history}`,
      `again: ${again.join(' ')}`,
      `${result.numRuns} runs, made smaller ${result.numShrinks} times`,
    ].join('\n')
  } finally {
    await end()
  }
}

const usualPatience = 5000
const shortPatience = 2500
/** For how long a failure is made smaller, ms. */
const shrinkingTime = 60_000

/** How a run ends: everything is received first; or one end closes, and the other receives what is left; or not even that. */
type Ending = 'drain' | 'close first' | 'just close'

async function run(world: World, topology: Topology, scheduler: fc.Scheduler, list: Iterable<Command>, ending: Ending): Promise<void> {
  world.count.runs++
  try {
    build(world, topology)
    await fc.scheduledModelRun(scheduler, () => ({ model: { world }, real: world }), list)
    world.check()
    if (ending !== 'just close') {
      await world.quiesce()
      await world.account(false)
      if (ending === 'close first') {
        const first = world.endpoints.find((endpoint) => endpoint.open && endpoint.connected)
        if (first !== undefined) world.close(first)
      }
      await drain(world)
    }
  } catch (error) {
    world.fail(error)
  } finally {
    await world.end().catch((error: unknown) => { world.fail(error) })
  }
  world.check()
}

/** Receive all that must come, and see that nothing else does. */
async function drain(world: World): Promise<void> {
  const plain = { peek: false, size: undefined, abort: undefined }
  // All of them in turn: what waits to be sent to one may be held up by what another has not read.
  for (let before = world.count.messages, since = performance.now(); ;) {
    const open = world.endpoints.filter((endpoint) => endpoint.open && endpoint.incoming.some((channel) => channel.awaited !== undefined))
    if (open.length === 0) break
    if (before !== world.count.messages) [before, since] = [world.count.messages, performance.now()]
    if (performance.now() - since > patience.ms) {
      throw new Violation(`${open.map(({ name }) => name).join(' and ')} received nothing for long, but something is on its way`)
    }
    for (const endpoint of open) for (let i = endpoint.waiting.length; i < 8; i++) receive(world, endpoint, plain)
    // Messages whose send was aborted need not come, but those that did take room.
    for (const endpoint of world.endpoints) {
      if (endpoint.open && !open.includes(endpoint) && endpoint.waiting.length === 0) world.guard(() => {
        receiveNow(world, endpoint, plain, false)
      })
    }
    await world.quiesce()
  }
  await world.quiesce()
  // What may have come, has; then there is nothing, or the end.
  for (const endpoint of world.endpoints) {
    if (!endpoint.open || endpoint.waiting.length > 0) continue
    for (let before = -1; before !== world.count.messages;) {
      before = world.count.messages
      world.guard(() => { receiveNow(world, endpoint, plain, false) })
      await turn()
      world.check()
    }
    for (const channel of endpoint.incoming) world.guard(() => { if (world.unsafe === 0) channel.settle() })
    world.check()
  }
}

/**
 * The descriptors that wait on behalf of all sockets are there before the first run and stay until the last: they are not
 * to be counted with those of a run.
 */
async function keepReady(): Promise<() => Promise<void>> {
  const [a, b] = MessageSocket.pair({ type: 'datagram' })
  const waiting = b.receive()
  await a.send('ready')
  await waiting
  // A strategy that is on trial has made its choice by then.
  await new Promise((resolve) => setTimeout(resolve, 50))
  return async () => {
    await a.close()
    await b.close()
  }
}
