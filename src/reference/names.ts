/**
 * The C names of numbers.
 * @module
 */
import { constants } from '../abi/constants.ts'
import type { AnyControlMessage } from '../control/define.ts'

const named = (number: number, prefix: string): string[] =>
  Object.entries(constants).flatMap(([name, value]) => (value === number && name.startsWith(prefix) ? [name] : []))

// Numbers of levels are given out by nobody: these families took one that IP has.
const levels: Readonly<Record<string, string>> = { bluetooth: 'SOL_HCI', ieee802154: 'SOL_IEEE802154', isdn: 'SOL_MISDN' }

/** The C name of a kind's level. */
export function levelName({ level, family }: AnyControlMessage): string {
  const names = named(level, 'SOL_')
  const own = typeof family === 'string' ? levels[family] : undefined
  return (own !== undefined && names.includes(own) ? own : names[0]) ?? String(level)
}

/** The C name of the option that turns a kind on; its number where the definition does not say it. */
export const optionName = ({ receive }: AnyControlMessage): string | undefined =>
  receive?.option === undefined ? undefined : receive.optionName ?? String(receive.option)
