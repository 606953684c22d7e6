/**
 * What was measured beside C, as a picture: how fast each program is, C being 1. Of times the inverse is shown, so that
 * longer is always better.
 * @module
 */
import type { Measured, Result } from './measure.ts'
import { done, reference } from './report.ts'
import { columnNames, columns } from './runtimes.ts'
import { speed, type Spread } from './statistics.ts'

const width = 860
const labels = 300
const rowHeight = 17
const titleHeight = 34
const bottom = 52
/** Room for the number at the end of a row. */
const numbers = 60
/** Beyond this a bar is cut off; its number is beside it. */
const longest = 1.6

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** One color for each column, one for C, one for others; the page's own color for text, light or dark. */
const style = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .number { fill: #59636e }
  .ffiRs { fill: #80ccff } .own { fill: #0969da } .c { fill: #8c959f } .other { fill: #bf8700 }
  .one { stroke: #59636e; stroke-dasharray: 3 3 } .spread { stroke: #1f2328; stroke-opacity: .6 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .number { fill: #9198a1 }
    .ffiRs { fill: #1b5fae } .own { fill: #58a6ff } .c { fill: #656c76 } .other { fill: #d29922 }
    .one { stroke: #9198a1 } .spread { stroke: #f0f6fc }
  }`

const kind = ({ contender, variant }: Result): string => variant.column ?? (contender.program.startsWith('c/') ? 'c' : 'other')

const x = (value: number): number => labels + Math.min(value, longest) / longest * (width - labels - numbers)

function bar(name: string, kind: string, { median, least, most }: Spread, y: number): string {
  const middle = y + rowHeight / 2
  return [
    `<text x="${labels - 8}" y="${middle + 4}" text-anchor="end">${escape(name)}</text>`,
    `<rect class="${kind}" x="${labels}" y="${y + 2}" width="${(x(median) - labels).toFixed(1)}" height="${rowHeight - 4}" rx="2"/>`,
    `<line class="spread" x1="${x(least).toFixed(1)}" x2="${x(most).toFixed(1)}" y1="${middle}" y2="${middle}"/>`,
    `<text class="number" x="${width - 12}" y="${middle + 4}" text-anchor="end">${median.toFixed(2)}</text>`,
  ].join('\n')
}

export function chart(all: readonly Measured[]): string {
  const parts: string[] = []
  let y = 8
  for (const measured of all) {
    const { scenario, results } = measured
    if (!scenario.contenders[0]!.program.startsWith('c/')) continue
    const first = reference(measured, columnNames[0]!)
    if (first === undefined) continue
    parts.push(`<text class="title" x="${labels}" y="${y + 20}">${escape(scenario.title)}</text>`)
    y += titleHeight - 4
    const top = y
    let named = ''
    for (const result of results) {
      if (!done(result) || result.variant.build === 'other') continue
      const { name } = result.contender
      parts.push(bar(name === named ? '' : name, kind(result), speed(result.outcomes, first.outcomes, scenario.measure), y))
      named = name
      y += rowHeight
    }
    parts.push(`<line class="one" x1="${x(1)}" x2="${x(1)}" y1="${top}" y2="${y}"/>`)
    y += 10
  }
  const height = y + bottom
  const groups = [['c', 'C'], ...columnNames.map((name) => [name, `cmsg, ${columns[name]}`]), ['other', 'others']]
  const legend = groups.map(([name, text], i) => {
    const left = labels + i * 140
    const key = `<rect class="${name}" x="${left}" y="${y + 8}" width="12" height="12" rx="2"/>`
    return `${key}<text x="${left + 18}" y="${y + 18}">${text}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Speed of each program, that of the C program being 1">
<style>${style}
</style>
${parts.join('\n')}
${legend.join('\n')}
<text class="number" x="${labels}" y="${y + 40}">Speed, that of C (dashed) being 1: longer is faster. The thin line spans all rounds.</text>
</svg>
`
}
