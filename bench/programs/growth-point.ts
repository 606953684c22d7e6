/**
 * What the programs of growth.ts print: points, a line of JSON each.
 * @module
 */

/** ns of CPU time that this process has used: it does both sides of the work, and a busy neighbour does not count. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1000
}

/** The time it took, ns, with so many `x`. */
export function printPoint(series: string, x: number, ns: number): void {
  console.log(JSON.stringify({ series, x, ns }))
}
