/**
 * Kinds of control messages, by the names people call them by; those of descriptors as sockets have them, with an owner.
 * @module
 */
import { builtins } from '../control/catalogue.ts'
import { inFamily, type AnyControlMessage, type Family } from '../control/define.ts'
import { credentials } from '../control/kinds/socket.ts'
import { pidfd } from '../identity/pidfd.ts'
import { rights } from '../descriptors/rights.ts'
import { didYouMean } from '../reference/text.ts'
import { printable } from './style.ts'
import { usage } from './usage.ts'

const owning: readonly AnyControlMessage[] = [rights, pidfd]
/** What comes with messages: errors are in a queue of their own, which nobody reads here. */
const receivable: readonly AnyControlMessage[] = [
  ...owning, ...(builtins as readonly AnyControlMessage[]).filter(({ kind, receive }) => receive !== undefined && receive.errorQueue !== true && !owning.some((own) => own.kind === kind)),
]

/** The kinds that some socket receives. */
export const receivableNames: readonly string[] = receivable.map(({ kind }) => kind)

/** What a socket of a family receives unless it is told otherwise: who sends, and what comes along unasked. */
export const usual = (family: Family): readonly AnyControlMessage[] => (family === 'unix' ? [credentials, rights] : [])

/** `unix has`, `unix and netlink have`. */
const onlyHave = (names: readonly string[]): string =>
  names.length === 1 ? `${names[0]!} has` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!} have`

/** The kinds in `credentials,SCM_RIGHTS`; `none` is none. */
export function kindsOf(text: string, family: Family): readonly AnyControlMessage[] {
  if (text === 'none') return []
  const kinds = text.split(',').map((word) => {
    const name = word.trim()
    const found = receivable.filter((kind) => kind.kind === name || kind.name === name)
    const kind = found.find((one) => inFamily(one.family, family))
    if (kind !== undefined) return kind
    if (found[0] !== undefined) throw usage(`a socket of family ${family} does not receive ${name}: only ${onlyHave([found[0].family!].flat())} it`)
    const known = receivable.filter((one) => inFamily(one.family, family)).map((one) => one.kind)
    throw usage(`there is no kind ${printable(name)} to receive on a socket of family ${family}.${didYouMean(name, known) || ` Expected one of ${known.join(', ')}`}`)
  })
  return [...new Set(kinds)]
}
