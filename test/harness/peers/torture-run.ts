/**
 * Runs attacks at random until time is up, and prints what the victims took.
 * @module
 */
import { parseArgs } from 'node:util'
import { stopAll } from '../../support/running.ts'
import { trouble, type Attack } from './attack.ts'

interface Row {
  runs: number
  failures: number
  descriptors: number
  mib: number
  cpuSeconds: number
  slowest: number
  tickGap: number
  replies: number
}

const columns = ['runs', 'failures', 'descriptors', 'MiB', 'CPU s', 'slowest reply ms', 'tick gap ms', 'replies'] as const

/** The largest of each column, the sum of CPU time and of replies. */
function table(rows: ReadonlyMap<string, Row>): string {
  const lines = [['attack', ...columns], ...[...rows].map(([name, row]) =>
    [name, row.runs, row.failures, row.descriptors, row.mib, row.cpuSeconds.toFixed(1), row.slowest, row.tickGap, row.replies].map(String))]
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)))
  return lines.map((line) => line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')).join('\n')
}

/** True where nothing is wrong. */
export async function torture(attacks: readonly Attack[], argv: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      minutes: { type: 'string', default: '10' }, only: { type: 'string', default: '' }, scale: { type: 'string' },
      readiness: { type: 'string' },
    },
  })
  const chosen = attacks.filter(({ name }) => name.includes(values.only))
  if (chosen.length === 0) throw new Error(`No attack has ${values.only} in its name`)
  const rows = new Map<string, Row>()
  const deadline = Date.now() + Number(values.minutes) * 60_000
  let failures = 0
  // Every one once, in each way; then at random.
  const all =
    chosen.flatMap((attack) => ['handle', 'thread'].filter((way) => way === (values.readiness ?? way)).map((way) => ({ attack, way })))
  const random = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!
  for (let i = 0; Date.now() < deadline; i++) {
    const { attack, way } = all[i] ?? random(all)
    const scale = Number(values.scale ?? (i < all.length ? 1 : 1 + Math.floor(Math.random() * 4)))
    const { complaints, result } = await trouble(attack, way, scale)
    const name = `${attack.name} (${way})`
    const row = rows.get(name) ?? { runs: 0, failures: 0, descriptors: 0, mib: 0, cpuSeconds: 0, slowest: 0, tickGap: 0, replies: 0 }
    rows.set(name, row)
    row.runs++
    if (result !== undefined) {
      const { usage, healthy, saw } = result
      row.descriptors = Math.max(row.descriptors, usage.descriptors)
      row.mib = Math.max(row.mib, usage.mib)
      row.cpuSeconds += usage.cpuSeconds
      row.slowest = Math.max(row.slowest, healthy?.slowest ?? 0)
      row.tickGap = Math.max(row.tickGap, Number(saw.tickGap))
      row.replies += healthy?.replies ?? 0
    }
    if (complaints.length > 0) {
      row.failures++
      failures++
    }
    console.log(`${complaints.length === 0 ? 'ok  ' : 'FAIL'} ${name}, scale ${scale}`)
    for (const complaint of complaints) console.log(complaint.replaceAll(/^/gm, '     '))
  }
  console.log(table(rows))
  await stopAll()
  return failures === 0
}
