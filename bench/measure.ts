/**
 * A scenario measured: its contenders in alternation, round after round.
 * @module
 */
import { join } from 'node:path'
import type { Contender, Scenario } from './cases.ts'
import { allowedCpus, hasTaskset } from './machine.ts'
import { play, playAlone, type Outcome, type Start, type Words } from './match.ts'
import { columns, variants, type Runnable, type Runtime, type Variant } from './runtimes.ts'
import { readings } from './statistics.ts'
import type { Tools } from './tools.ts'

/** What came of a contender, run in one way: an outcome for each round, or why there is none. */
export type Result = { readonly contender: Contender; readonly variant: Variant }
  & ({ readonly outcomes: readonly Outcome[] } | { readonly reason: string })

export interface Measured {
  readonly scenario: Scenario
  readonly results: readonly Result[]
}

export interface Effort {
  readonly rounds: number
  /** Of the messages a scenario has. */
  readonly share: number
}

interface Placement {
  readonly sender?: number
  readonly receiver?: number
}

/** Processors for the two sides. The first and the last allowed are the least likely to share a core. */
function placement(cpus: Scenario['cpus']): Placement & { readonly reason?: string } {
  if (cpus === undefined) return {}
  if (!hasTaskset()) return { reason: 'taskset is not installed' }
  const allowed = allowedCpus()
  if (cpus === 'one') return { receiver: allowed[0]!, sender: allowed[0]! }
  return allowed.length < 2 ? { reason: 'there is only one CPU' } : { receiver: allowed[0]!, sender: allowed.at(-1)! }
}

export async function measure(
  scenario: Scenario, tools: Tools, runtimes: readonly Runtime[], { rounds, share }: Effort, progress: (what: string) => void,
): Promise<Measured> {
  const place = placement(scenario.cpus)
  const turns = scenario.contenders.flatMap((contender) => variants(contender.program, tools, runtimes).map((variant) => ({
    contender, variant, outcomes: [] as Outcome[], reason: place.reason ?? ('missing' in variant ? variant.missing : undefined),
  })))
  for (let round = 0; round < rounds; round++) {
    // Each is first in its turn.
    for (let k = 0; k < turns.length; k++) {
      const turn = turns[(k + round) % turns.length]!
      const { contender, variant, outcomes } = turn
      if (turn.reason !== undefined || 'missing' in variant) continue
      const label = `${scenario.name}, round ${round + 1} of ${rounds}: ${[contender.name, ...describe(variant)].join(', ')}`
      try {
        const outcome = await once(scenario, contender, variant, tools, share, place)
        outcomes.push(outcome)
        progress(`${label}: ${glance(scenario, outcome)}`)
      } catch (error) {
        turn.reason = (error as Error).message
        progress(`${label}: failed: ${turn.reason}`)
      }
    }
  }
  return {
    scenario,
    results: turns.map(({ contender, variant, outcomes, reason }): Result =>
      (reason === undefined ? { contender, variant, outcomes } : { contender, variant, reason })),
  }
}

const describe = ({ column, build }: Variant): string[] =>
  [...(column === undefined ? [] : [columns[column]]), ...(build === 'other' ? ['the other build'] : [])]

async function once(
  scenario: Scenario, contender: Contender, { command, env }: Runnable, tools: Tools, share: number, place: Placement,
): Promise<Outcome> {
  const whole = scenario.count * (contender.share ?? 1)
  // The warm-up is as long in a short run: what is compiled while it runs takes its time.
  const words: Words = { ...scenario.words, count: Math.ceil(whole * share), warmup: Math.ceil(whole / 5) }
  const commandOfC = (program: string): readonly string[] => tools.command(program) as readonly string[]
  const measured: Start = { command, env, words: { ...words, ...contender.words } }
  if (scenario.link === 'alone') {
    const { starter } = scenario
    return playAlone(starter === undefined ? measured : { ...measured, command: [...commandOfC(starter), ...command] })
  }

  const path = scenario.link === 'path' ? join(tools.directory, 'server.sock') : undefined
  const client = scenario.measure === 'round trip' ? { client: join(tools.directory, 'client.sock') } : {}
  const { program, words: otherWords } = scenario.other
  const other: Start = { command: commandOfC(program), env: {}, words: { ...words, ...otherWords, ...client } }
  const [sender, receiver] = scenario.measured === 'receiver' ? [other, measured] : [measured, other]
  const outcome = await play({ ...sender, cpu: place.sender }, { ...receiver, cpu: place.receiver }, path)
  if (scenario.measure !== 'round trip') return outcome[scenario.measured]
  // The client has the times, the server the CPU.
  return { ...outcome.sender, cpu: outcome.receiver.cpu }
}

function glance({ measure: what }: Scenario, outcome: Outcome): string {
  const cpu = `${Math.round(readings.cpu(outcome))} ns of CPU a message`
  if (what === 'round trip') return `${(readings['round trip'](outcome) / 1000).toFixed(1)} µs, ${cpu}`
  if (what === 'rate') return `${Math.round(readings.rate(outcome) / 1000)}k messages a second, ${cpu}`
  return `${readings.time(outcome).toFixed(0)} ns each, ${cpu}`
}
