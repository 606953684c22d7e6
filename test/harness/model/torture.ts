/**
 * The model test for as long as one likes: `npm run torture model -- --minutes 60 [--seed 1]`. Both strategies,
 * each in a process of its own. It says what it has done every ten seconds, and at the first failure how to see it again.
 *
 * `--strategy handle` runs only that one; `--path` and `--replay` repeat a failure; `--exclude send,close` leaves out
 * commands and details, by their names in commands.ts, to look for what is behind a failure that is known.
 * @module
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { exclusions } from './commands.ts'
import { check } from './run.ts'
import { newCount } from './world.ts'

const strategies = ['handle', 'thread'] as const

/** Run the model test with these arguments: whether nothing was found. */
export default async function torture(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '1' }, seed: { type: 'string' }, strategy: { type: 'string' }, path: { type: 'string' },
      replay: { type: 'string' }, exclude: { type: 'string' },
    },
  })
  const minutes = Number(values.minutes)
  const seed = values.seed === undefined ? Date.now() % 0x7fffffff : Number(values.seed)
  const exclude = values.exclude === undefined ? [] : values.exclude.split(',')
  const unknown = exclude.find((name) => !exclusions.includes(name))
  if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error('expected --minutes and --seed to be numbers')
  if (unknown !== undefined) throw new Error(`cannot exclude ${unknown}: expected some of ${exclusions.join(', ')}`)
  if (values.strategy === undefined) {
    console.log(`model test, seed ${seed}, ${minutes} minutes`)
    const results = await Promise.all(strategies.map((strategy) => inProcess(strategy, [
      ...args, ...(values.seed === undefined ? ['--seed', String(seed)] : []),
    ])))
    return results.every(Boolean)
  }
  return here(values.strategy, minutes * 60_000, seed, exclude, values.path, values.replay)
}

const inProcess = (strategy: string, args: readonly string[]): Promise<boolean> => new Promise((resolve) => {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), ...args, '--strategy', strategy], {
    stdio: 'inherit', env: { ...process.env, CMSG_READINESS: strategy },
  })
  child.on('close', (code) => { resolve(code === 0) })
})

async function here(
  strategy: string, ms: number, seed: number, exclude: readonly string[], path: string | undefined, replayPath: string | undefined,
): Promise<boolean> {
  process.env.CMSG_READINESS = strategy
  const count = newCount()
  const start = performance.now()
  const progress = (): void => {
    const minutes = (performance.now() - start) / 60_000
    const counts = Object.entries(count).map(([what, n]) => `${n} ${what}`).join(', ')
    const rates = Object.entries(count).map(([what, n]) => `${Math.round(n / minutes)} ${what}`).join(', ')
    console.log(`${strategy}: ${minutes.toFixed(1)} min, first seed ${seed}, ${counts} (a minute: ${rates})`)
  }
  const timer = setInterval(progress, 10_000)
  timer.unref()
  try {
    const failure = await check({ seed, ms, exclude, path, replayPath, count })
    if (failure !== undefined) console.error(failure)
    return failure === undefined
  } finally {
    clearInterval(timer)
    progress()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  torture(process.argv.slice(2)).then((ok) => { process.exitCode = ok ? 0 : 1 }, (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  })
}
