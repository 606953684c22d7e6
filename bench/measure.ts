/**
 * A scenario measured: its contenders in alternation, round after round.
 * @module
 */
import { join } from 'node:path'
import type { Contender, Scenario } from './cases.ts'
import { allowedCpus, hasTaskset } from './machine.ts'
import { play, playAlone, type Outcome, type Start, type Words } from './match.ts'
import { readings } from './statistics.ts'
import type { Tools } from './tools.ts'

/** What came of a contender: an outcome for each round, or why there is none. */
export type Result = { readonly contender: Contender } & ({ readonly outcomes: readonly Outcome[] } | { readonly reason: string })

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

export async function measure(scenario: Scenario, tools: Tools, { rounds, share }: Effort, progress: (what: string) => void): Promise<Measured> {
  const place = placement(scenario.cpus)
  const outcomes = scenario.contenders.map((): Outcome[] => [])
  const reasons = scenario.contenders.map(({ program }) => {
    const command = tools.command(program)
    return place.reason ?? ('missing' in command ? command.missing : undefined)
  })
  for (let round = 0; round < rounds; round++) {
    // Each is first in its turn.
    for (let k = 0; k < outcomes.length; k++) {
      const i = (k + round) % outcomes.length
      if (reasons[i] !== undefined) continue
      const contender = scenario.contenders[i]!
      const label = `${scenario.name}, round ${round + 1} of ${rounds}: ${contender.name}`
      try {
        const outcome = await once(scenario, contender, tools, share, place)
        outcomes[i]!.push(outcome)
        progress(`${label}: ${glance(scenario, outcome)}`)
      } catch (error) {
        reasons[i] = (error as Error).message
        progress(`${label}: failed: ${reasons[i]}`)
      }
    }
  }
  return {
    scenario,
    results: scenario.contenders.map((contender, i): Result =>
      (reasons[i] === undefined ? { contender, outcomes: outcomes[i]! } : { contender, reason: reasons[i] })),
  }
}

async function once(scenario: Scenario, contender: Contender, tools: Tools, share: number, place: Placement): Promise<Outcome> {
  const whole = scenario.count * (contender.share ?? 1)
  // The warm-up is as long in a short run: what is compiled while it runs takes its time.
  const words: Words = { ...scenario.words, count: Math.ceil(whole * share), warmup: Math.ceil(whole / 5) }
  const side = (program: string, more: Words | undefined, cpu: number | undefined): Start =>
    ({ command: tools.command(program) as readonly string[], words: { ...words, ...more }, cpu })
  if (scenario.link === 'alone') return playAlone(side(contender.program, contender.words, undefined))

  const path = scenario.link === 'path' ? join(tools.directory, 'server.sock') : undefined
  const client = scenario.measure === 'round trip' ? { client: join(tools.directory, 'client.sock') } : {}
  const { program, words: otherWords } = scenario.other
  const [sender, receiver] = scenario.measured === 'receiver'
    ? [side(program, { ...otherWords, ...client }, place.sender), side(contender.program, contender.words, place.receiver)]
    : [side(contender.program, contender.words, place.sender), side(program, otherWords, place.receiver)]
  const outcome = await play(sender, receiver, path)
  if (scenario.measure !== 'round trip') return outcome[scenario.measured]
  // The client has the times, the server the CPU.
  return { ...outcome.sender, cpu: outcome.receiver.cpu }
}

function glance({ measure: what }: Scenario, outcome: Outcome): string {
  const cpu = `${Math.round(readings.cpu(outcome))} ns of CPU a message`
  if (what === 'round trip') return `${(readings['round trip'](outcome) / 1000).toFixed(1)} µs, ${cpu}`
  return `${what === 'rate' ? `${Math.round(readings.rate(outcome) / 1000)}k messages a second` : `${readings.time(outcome).toFixed(0)} ns`}, ${cpu}`
}
