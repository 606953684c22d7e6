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

/** The C name of the option that turns a kind on. */
export function optionName(kind: AnyControlMessage): string | undefined {
  const { level, receive } = kind
  if (receive?.option === undefined) return undefined
  const of = levelName({ ...kind, level: receive.optionLevel ?? level } as AnyControlMessage).replace('SOL_', '').replace('SOCKET', 'SO')
  const names = named(receive.option, `${of}_`)
  // The same number may be a value of something else: a name like the kind's own is the option's.
  const like = (name: string): boolean => /RECV|PASS|TIMESTAMP|PKTINFO|SELECT/.test(name)
  return names.find(like) ?? names[0] ?? String(receive.option)
}
