/**
 * The victim: a program that uses the library while hostile peers do what they can.
 *
 *   victim.ts SCENARIO DIRECTORY …
 *
 * It prints where it can be reached, works until SIGTERM, and prints what it saw. Then it has to end by itself: what keeps it
 * alive is a defect.
 * @module
 */
import { descriptorVictims } from './victims/descriptors.ts'
import { messageVictims } from './victims/messages.ts'
import { serverVictims } from './victims/servers.ts'
import type { Stage, Victim } from './victims/stage.ts'

const victims: Readonly<Record<string, Victim>> = { ...serverVictims, ...messageVictims, ...descriptorVictims }

const [scenario, directory, ...args] = process.argv.slice(2) as [string, string, ...string[]]

const over = new AbortController()
process.once('SIGTERM', () => { over.abort() })

const warnings: string[] = []
process.on('warning', ({ name, message }) => { if (name === 'CmsgWarning') warnings.push(message) })

let tickGap = 0
function watchTicks(): void {
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    tickGap = Math.max(tickGap, now - last)
    last = now
  }, 5)
  over.signal.addEventListener('abort', () => {
    tickGap = Math.max(tickGap, performance.now() - last)
    clearInterval(timer)
  })
}

const stage: Stage = {
  directory, args,
  over: over.signal,
  ended: new Promise((resolve) => { over.signal.addEventListener('abort', () => { resolve() }) }),
  ready: (where) => {
    watchTicks()
    console.log(JSON.stringify({ pid: process.pid, ...where }))
  },
}

const saw = await victims[scenario]!(stage)
console.log(JSON.stringify({ ...saw, tickGap: Math.round(tickGap), warnings }))
