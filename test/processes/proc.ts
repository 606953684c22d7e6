/**
 * What the kernel counts of another process.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'

/** The CPU time of all threads of a process that run now, in ms. */
export function cpuTime(pid: number): number {
  let nanoseconds = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0])
    } catch {
      // It ended meanwhile.
    }
  }
  return nanoseconds / 1e6
}

/** The CPU time that processes take during so many ms, each as a share of one CPU. */
export async function shares(pids: readonly number[], ms: number): Promise<number[]> {
  const start = performance.now()
  const before = pids.map(cpuTime)
  await new Promise((resolve) => setTimeout(resolve, ms))
  const elapsed = performance.now() - start
  return pids.map((pid, i) => (cpuTime(pid) - before[i]!) / elapsed)
}

/** Until a process is at rest: next to no CPU time in a tenth of a second. */
export async function atRest(pid: number): Promise<void> {
  while ((await shares([pid], 100))[0]! > 0.03);
}
