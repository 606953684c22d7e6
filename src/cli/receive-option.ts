/**
 * Finds kinds of control messages by name. Kinds that carry descriptors are those of sockets, whose values own them.
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
/** Kinds that come with messages: errors are in a separate queue, which the command does not read. */
const receivable: readonly AnyControlMessage[] = [...owning, ...(builtins as readonly AnyControlMessage[]).filter(({ kind, receive }) =>
  receive !== undefined && receive.errorQueue !== true && !owning.some((own) => own.kind === kind))]

/** Kinds that some socket can receive. */
export const receivableNames: readonly string[] = receivable.map(({ kind }) => kind)

/** Returns the default kinds of a family: the sender, and kinds that come unasked. */
export const usual = (family: Family): readonly AnyControlMessage[] => (family === 'unix' ? [credentials, rights] : [])

/** `unix has`, `unix and netlink have`. */
const onlyHave = (names: readonly string[]): string =>
  names.length === 1 ? `${names[0]!} has` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!} have`

/** Parses a list of kinds such as `credentials,SCM_RIGHTS`; `none` is an empty list. */
export function kindsOf(text: string, family: Family): readonly AnyControlMessage[] {
  if (text === 'none') return []
  const names = text.split(',').map((word) => word.trim())
  if (names.includes('none')) throw usage('the kind none stands alone: it asks for no control messages')
  if (names.includes('')) throw usage(`an empty name in ${JSON.stringify(printable(text))}: expected kinds separated by commas, or none`)
  const kinds = names.map((name) => {
    const found = receivable.filter((kind) => kind.kind === name || kind.name === name)
    const kind = found.find((one) => inFamily(one.family, family))
    if (kind !== undefined) return kind
    if (found[0] !== undefined) {
      throw usage(`a socket of family ${family} does not receive ${name}: only ${onlyHave([found[0].family!].flat())} it`)
    }
    const known = receivable.filter((one) => inFamily(one.family, family)).map((one) => one.kind)
    const hint = didYouMean(name, known) || ` Expected one of ${known.join(', ')}`
    throw usage(`there is no kind ${printable(name)} to receive on a socket of family ${family}.${hint}`)
  })
  return [...new Set(kinds)]
}
