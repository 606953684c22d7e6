/**
 * Attacks as tests, in files of their own for each way to wait: vitest runs them side by side.
 * @module
 */
import { expect, it } from 'vitest'
import '../../support/processes.ts'
import { trouble, type Attack } from './attack.ts'

export function tests(attacks: readonly Attack[], readiness: 'handle' | 'thread'): void {
  const way = readiness === 'handle' ? 0 : 1
  const chosen = attacks.filter(({ once }, i) => once !== true || i % 2 === way)
  it.each(chosen.map((attack) => [attack.name, attack] as const))('%s', async (_, attack) => {
    expect((await trouble(attack, readiness)).complaints).toEqual([])
  })
}
