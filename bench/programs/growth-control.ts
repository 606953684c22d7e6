/**
 * Time to decode control messages: ever more of them, and one that is ever longer.
 */
import { constants, decodeControl, encodeControl, rawControl, type ControlItem } from 'cmsg/codec'
import { cpuTime, printPoint } from './growth-point.ts'

const { SOL_SOCKET } = constants
/** No kind has this type: what is decoded is bytes. */
const type = 9999

function measure(series: string | undefined, items: readonly ControlItem[]): void {
  const control = encodeControl(items)
  const times = Math.max(20, Math.round(5e7 / (control.length + 500)))
  const run = (n: number): void => {
    for (let i = 0; i < n; i++) if (decodeControl(control).length !== items.length) throw new Error('not what was encoded')
  }
  run(times)
  const start = cpuTime()
  run(times)
  if (series !== undefined) printPoint(series, control.length, (cpuTime() - start) / times)
}

// For the compiler.
measure(undefined, Array.from({ length: 100 }, () => rawControl(SOL_SOCKET, type, new Uint8Array(4))))
for (const count of [1, 10, 100, 1000, 10_000]) {
  measure('more of them', Array.from({ length: count }, () => rawControl(SOL_SOCKET, type, new Uint8Array(4))))
}
for (const size of [16, 256, 4096, 65536, 1 << 20]) measure('a longer one', [rawControl(SOL_SOCKET, type, new Uint8Array(size))])
