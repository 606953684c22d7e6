/**
 * `cmsg doctor` tries each control message that an option turns on, on sockets of each family that may deliver it. Over Unix
 * pairs and the loopback interface, a message must arrive with it.
 * @module
 */
import { constants } from '../../abi/constants.ts'
import { builtins } from '../../control/catalogue.ts'
import { families, inFamily, type AnyControlMessage, type Family } from '../../control/define.ts'
import { setsockopt } from '../../libc/options.ts'
import { close, socket } from '../../libc/sockets.ts'
import { MessageSocket } from '../../socket/message-socket.ts'
import { pidfd } from '../../identity/pidfd.ts'
import { timeout, type Finding } from './finding.ts'

const { SOCK_DGRAM, SOCK_RAW, SOCK_STREAM, SOCK_SEQPACKET, SOL_SCTP } = constants

export interface KindFinding extends Finding { readonly family: Family; readonly type: string | undefined; readonly since: string | undefined }

export async function tryKinds(): Promise<KindFinding[]> {
  const found: KindFinding[] = []
  for (const family of families) {
    for (const kind of builtins as readonly AnyControlMessage[]) {
      if (kind.receive?.option === undefined || !inFamily(kind.family, family)) continue
      const own = kind.kind === pidfd.kind ? pidfd : kind
      const result = (family === 'unix' || family === 'inet' || family === 'inet6') && kind.level !== SOL_SCTP ? await tryHere(own, family) : tryOption(kind, family)
      found.push({ ...result, name: kind.kind, family, type: kind.name, since: kind.since })
    }
  }
  return found
}

type Result = Pick<Finding, 'outcome' | 'detail'>

const lacking = new Set(['ENOPROTOOPT', 'EOPNOTSUPP', 'ENOTSUP', 'EINVAL', 'ERR_CMSG_UNSUPPORTED'])
const noFamily = new Set(['EAFNOSUPPORT', 'EPROTONOSUPPORT', 'ESOCKTNOSUPPORT', 'EADDRNOTAVAIL', 'ENODEV'])

function refusal(error: unknown): Result {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (lacking.has(code)) return { outcome: 'missing', detail: 'this kernel has not got it' }
  if (noFamily.has(code)) return { outcome: 'missing', detail: 'this system has no such sockets' }
  return code === 'EPERM' || code === 'EACCES' ? { outcome: 'refused', detail: 'we may not' } : { outcome: 'failed', detail: message }
}

/** Over a Unix pair or the loopback interface. */
async function tryHere(kind: AnyControlMessage, family: 'unix' | 'inet' | 'inet6'): Promise<Result> {
  let first: Result | undefined
  for (const type of ['datagram', 'stream'] as const) {
    try {
      const ends = family === 'unix' ? MessageSocket.pair<AnyControlMessage>({ type, receive: [kind] }) : await overLoopback(family, type, kind)
      const [from, at, ...others] = ends
      try {
        await from!.send('x', type === 'datagram' && family !== 'unix' ? { to: at!.address } : {})
        using message = await at!.receive({ signal: AbortSignal.timeout(timeout) })
        if (message?.control.some((one) => one.kind === kind.kind)) return { outcome: 'works', detail: type }
        first = { outcome: 'accepted', detail: 'turned on; a plain message has none' }
      } finally {
        await Promise.all([from, at, ...others].map((end) => end!.close()))
      }
    } catch (error) {
      const result = refusal(error)
      // What one type of socket has not got another may have.
      first = first?.outcome === 'accepted' || result.outcome === 'failed' && first !== undefined ? first : result
    }
  }
  return first!
}

async function overLoopback(family: 'inet' | 'inet6', type: 'datagram' | 'stream', kind: AnyControlMessage): Promise<MessageSocket<AnyControlMessage>[]> {
  const address = { address: family === 'inet' ? '127.0.0.1' : '::1', port: 0 }
  const receiver = MessageSocket.bind<AnyControlMessage>(address, { type, receive: [kind] })
  try {
    if (type === 'datagram') return [MessageSocket.open<AnyControlMessage>({ family, type }), receiver]
    const from = await MessageSocket.connect<AnyControlMessage>(receiver.address, { type })
    return [from, await receiver.accept({ signal: AbortSignal.timeout(timeout) }), receiver]
  } catch (error) {
    await receiver.close()
    throw error
  }
}

/** Which protocols a family has, only the kernel knows: the first of them. */
const fewProtocols = Array.from({ length: 8 }, (_, i) => i)

/** A family whose sockets need hardware or peers: whether the option is there. */
function tryOption({ level, receive }: AnyControlMessage, family: Family): Result {
  let last: unknown
  for (const type of [SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM]) {
    for (const protocol of level === SOL_SCTP ? [SOL_SCTP] : fewProtocols) {
      let fd: number
      try {
        fd = socket(adoptable(family), type, protocol)
      } catch (error) {
        last ??= error
        continue
      }
      try {
        setsockopt(fd, receive!.optionLevel ?? level, receive!.option!, receive!.value ?? 1)
        return { outcome: 'accepted', detail: 'turned on' }
      } catch (error) {
        last = error
      } finally {
        close(fd)
      }
    }
  }
  return refusal(last)
}

const adoptable = (family: Family): number => constants[`AF_${family.toUpperCase()}` as keyof typeof constants] as number
