/**
 * The C names of numbers: constants by prefix, and the levels of control messages.
 * @module
 */
import { constants } from '../../generated/constants.ts'

const tables = new Map<string, ReadonlyMap<number, string>>()

/** Returns the constants whose names begin with `prefix`, by value. If two have the same value, the first one wins. */
export function constantsNamed(prefix: string): ReadonlyMap<number, string> {
  let table = tables.get(prefix)
  if (table === undefined) {
    const made = new Map<number, string>()
    for (const [name, value] of Object.entries(constants)) if (name.startsWith(prefix) && !made.has(value)) made.set(value, name)
    tables.set(prefix, (table = made))
  }
  return table
}

/** The name of a number, of the constants that begin with `prefix`. */
export const constantName = (prefix: string, number: number): string | undefined => constantsNamed(prefix).get(number)

/** Levels whose number another protocol uses too: no authority assigns the numbers of levels. */
const levelsOf: Readonly<Record<string, readonly (keyof typeof constants)[]>> = {
  bluetooth: ['SOL_HCI', 'SOL_L2CAP', 'SOL_SCO'], ieee802154: ['SOL_IEEE802154'], isdn: ['SOL_MISDN'],
}

/** Returns the C name of a level in a family. */
export const levelName = (level: number, family: string | undefined): string | undefined =>
  (family === undefined ? undefined : levelsOf[family]?.find((name) => constants[name] === level)) ?? constantName('SOL_', level)

/** The C name of the level of a definition; its number if it has no name. */
export const levelNameOf = (
  { level, family }: { readonly level: number; readonly family?: string | readonly string[] | undefined },
): string =>
  levelName(level, typeof family === 'string' ? family : undefined) ?? String(level)

/** The C name of the option that turns a kind on; its number if the definition does not name it. */
export const optionName = (
  { receive }: { readonly receive?: { readonly option?: number; readonly optionName?: string } | undefined },
): string | undefined => (receive?.option === undefined ? undefined : receive.optionName ?? String(receive.option))
