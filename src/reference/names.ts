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

// Where options are not called after their level: SOL_IP has IP_…
const prefixes: Readonly<Record<string, readonly string[]>> = {
  SOL_SOCKET: ['SO_'], SOL_CAN_J1939: ['SO_J1939_'], SOL_BLUETOOTH: ['BT_'], SOL_IEEE802154: ['WPAN_'], SOL_RDS: ['RDS_', 'SO_RDS_'],
}
/** Numbers of something else: of control messages, of the origin of errors, of other levels. */
const noOption = /_CMSG_|_SCM_|^SO_EE_/
/** A number may have several names: one like these is an option that asks for something. */
const asks = /RECV|RCV|PASS|TIMESTAMP|PKTINFO|MONITOR/

/** The C name of the option that turns a kind on. */
export function optionName(kind: AnyControlMessage): string | undefined {
  const { level, receive } = kind
  if (receive?.option === undefined) return undefined
  const of = levelName({ level: receive.optionLevel ?? level, family: kind.family } as AnyControlMessage)
  const others = of === 'SOL_SOCKET' ? Object.values(prefixes).flat().filter((prefix) => prefix !== 'SO_') : []
  const names = (prefixes[of] ?? [`${of.replace('SOL_', '')}_`]).flatMap((prefix) => named(receive.option!, prefix))
    .filter((name) => !noOption.test(name) && !others.some((prefix) => name.startsWith(prefix)))
  return names.find((name) => asks.test(name)) ?? names[0] ?? String(receive.option)
}
