/**
 * Attacks as tests, in files of their own for each way to wait: vitest runs them side by side.
 * @module
 */
import { expect, it } from 'vitest'
import '../../support/processes.ts'
import { trouble, type Attack } from './attack.ts'

export function tests(attacks: readonly Attack[], readiness: 'handle' | 'thread'): void {
  it.each(attacks.map((attack) => [attack.name, attack] as const))('%s', async (_, attack) => {
    expect((await trouble(attack, readiness)).complaints).toEqual([])
  })
}
