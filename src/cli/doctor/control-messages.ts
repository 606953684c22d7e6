/**
 * Tests for `cmsg doctor` each control message that an option turns on, on sockets of each family that may deliver it. Over Unix
 * pairs and the loopback interface, a message must arrive with it.
 * @module
 */
import { constants } from '../../abi/constants.ts'
import { builtins } from '../../control/catalogue.ts'
import { families, inFamily, type AnyControlMessage, type Family } from '../../control/define.ts'
import { setsockopt } from '../../libc/options.ts'
import { close, socket } from '../../libc/sockets.ts'
import { MessageSocket } from '../../socket/message-socket.ts'
import { checkKinds } from '../../socket/options/kinds.ts'
import { pidfd } from '../../identity/pidfd.ts'
import { absent, FamilySockets, type SocketKind } from './families.ts'
import { timeout, type Finding } from './finding.ts'

const { SOL_SCTP } = constants

export interface KindFinding extends Finding {
  readonly family: Family
  readonly type: string | undefined
  readonly since: string | undefined
}

/**
 * Tests each kind on each family. With `load`, also tests families that the kernel has not loaded; without `waits`, only the options,
 * since this process cannot wait for messages.
 */
export async function tryKinds(load: boolean, waits: boolean): Promise<KindFinding[]> {
  const found: KindFinding[] = []
  for (const family of families) {
    const kinds =
      (builtins as readonly AnyControlMessage[]).filter((kind) => kind.receive?.option !== undefined && inFamily(kind.family, family))
    if (kinds.length === 0) continue
    const sockets = new FamilySockets(family, load)
    for (const kind of kinds) {
      const result = await tryKind(kind, sockets, waits)
      found.push({ ...result, name: kind.kind, family, type: kind.name, since: kind.since })
    }
  }
  return found
}

async function tryKind(kind: AnyControlMessage, sockets: FamilySockets, waits: boolean): Promise<Result> {
  const { absence, family } = sockets
  if (absence !== undefined) return { outcome: 'missing', detail: absence }
  if (kind.level === SOL_SCTP) return tryOption(kind, family, sockets.sctp)
  const own = kind.kind === pidfd.kind ? pidfd : kind
  const isHere = family === 'unix' || family === 'inet' || family === 'inet6'
  return isHere && waits ? await tryHere(own, family) : tryOption(kind, family, sockets.all)
}

type Result = Pick<Finding, 'outcome' | 'detail'>

/** The reason if an option was turned on, but the message that was sent did not have the kind. */
const notCarried = 'turned on; an ordinary message does not have it'
/** The reason if an option was turned on, and no message was sent. */
const notSent = 'turned on; not tried with a message'
/** The reason if an option can only be turned on for a connection, and there is none. */
const needsConnection = 'not tried: it needs a connection'
/** The reason if the kernel refuses an option. Other sockets may have it, and so may newer kernels. */
export const refusedByKernel = 'this kernel does not support it on these sockets'

const lacking = new Set(['ENOPROTOOPT', 'EOPNOTSUPP', 'ENOTSUP', 'EINVAL'])
/** ::1, on a machine without IPv6. */
const noAddress = new Set(['EADDRNOTAVAIL', 'ENODEV'])

function refusal(error: unknown): Result {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (lacking.has(code)) return { outcome: 'missing', detail: refusedByKernel }
  if (code === 'ERR_CMSG_UNSUPPORTED') return { outcome: 'missing', detail: message }
  if (noAddress.has(code)) return { outcome: 'missing', detail: absent }
  return code === 'EPERM' || code === 'EACCES' ? { outcome: 'refused', detail: 'not permitted' } : { outcome: 'failed', detail: message }
}

/** Tests a kind over a Unix pair or the loopback interface. */
async function tryHere(kind: AnyControlMessage, family: 'unix' | 'inet' | 'inet6'): Promise<Result> {
  let first: Result | undefined
  const receive = withNeeded(kind, family)
  for (const type of ['datagram', 'stream'] as const) {
    try {
      const ends =
        family === 'unix' ? MessageSocket.pair<AnyControlMessage>({ type, receive }) : await overLoopback(family, type, receive)
      const [from, at, ...others] = ends
      try {
        await from!.send('x', type === 'datagram' && family !== 'unix' ? { to: at!.address } : {})
        using message = await at!.receive({ signal: AbortSignal.timeout(timeout) })
        if (message?.control.some((one) => one.kind === kind.kind)) return { outcome: 'works', detail: type }
        first = { outcome: 'accepted', detail: notCarried }
      } finally {
        await Promise.all([from, at, ...others].map((end) => end!.close()))
      }
    } catch (error) {
      const result = refusal(error)
      // Another type of socket may deliver the kind.
      first = first?.outcome === 'accepted' || result.outcome === 'failed' && first !== undefined ? first : result
    }
  }
  return first!
}

/** Returns a kind, and one whose option the sockets need for it: timestamping on a Unix socket needs timestamp. */
function withNeeded(kind: AnyControlMessage, family: Family): readonly AnyControlMessage[] {
  const needed = kind.deliveredBy?.find((sockets) => inFamily(sockets.family, family))?.options?.[0]
  const other = needed && (builtins as readonly AnyControlMessage[]).find(({ level, receive }) =>
    receive?.option === needed.option && (receive.optionLevel ?? level) === needed.level)
  return other === undefined ? [kind] : [other, kind]
}

async function overLoopback(
  family: 'inet' | 'inet6', type: 'datagram' | 'stream', receive: readonly AnyControlMessage[],
): Promise<MessageSocket<AnyControlMessage>[]> {
  const address = { address: family === 'inet' ? '127.0.0.1' : '::1', port: 0 }
  const receiver = MessageSocket.bind<AnyControlMessage>(address, { type, receive })
  try {
    if (type === 'datagram') return [MessageSocket.open<AnyControlMessage>({ family, type }), receiver]
    const from = await MessageSocket.connect<AnyControlMessage>(receiver.address, { type })
    return [from, await receiver.accept({ signal: AbortSignal.timeout(timeout) }), receiver]
  } catch (error) {
    await receiver.close()
    throw error
  }
}

/** Tests only the option, for families whose sockets need hardware or peers. */
function tryOption(kind: AnyControlMessage, family: Family, sockets: readonly SocketKind[]): Result {
  if (kind.receive?.when === 'connected') return { outcome: 'accepted', detail: needsConnection }
  let last: unknown
  for (const { domain, type, protocol } of sockets) {
    const fd = socket(domain, type, protocol)
    try {
      const kinds = withNeeded(kind, family)
      checkKinds(kinds, { family, type, protocol, fd })
      for (const { level, receive } of kinds) setsockopt(fd, receive!.optionLevel ?? level, receive!.option!, receive!.value ?? 1)
      return { outcome: 'accepted', detail: notSent }
    } catch (error) {
      last = error
    } finally {
      close(fd)
    }
  }
  return last === undefined ? { outcome: 'missing', detail: absent } : refusal(last)
}
