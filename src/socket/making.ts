/**
 * Creates sockets: opened, bound, as a pair, adopted or accepted. A failed creation leaves no descriptor open.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import type { AddressLike } from '../address/address.ts'
import { encodeAddress } from '../libc/addresses.ts'
import { descriptor, integer } from '../arguments.ts'
import { dispose } from '../dispose.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { closeReceived } from '../descriptors/closer.ts'
import { rights } from '../descriptors/rights.ts'
import { attempt, object, outOfRange, show, SystemError } from '../errors.ts'
import { getsockopt } from '../libc/options.ts'
import * as libc from '../libc/sockets.ts'
import * as sys from '../native/syscalls.ts'
import { transferFrom, type Adoptable } from './adoptable.ts'
import { Core, includesType, isByteStream, type Facts } from './core.ts'
import { checkStream } from './duplex/check.ts'
import { MessageDuplex, type ToDuplexOptions } from './duplex/message-duplex.ts'
import { fileOf } from './file/bind.ts'
import { isConnected } from './network-reports.ts'
import { ControlSize } from './options/control-size.ts'
import { checkKinds } from './options/kinds.ts'
import { setMark } from './options/mark.ts'
import { applySettings, checkSettings, type SettingToApply } from './options/settings.ts'
import { areCredentialsOn, enableKinds, hasConnections, type Setup } from './options/setup.ts'
import {
  addressFamily, familyName, familyNumber, messageSize, newTypeNumber, typeNumber, usualProtocol, type MakeOptions, type OpenOptions,
  type ReceiveKinds, type SocketType,
} from './options/options.ts'
import { checkUnowned } from './socket-descriptor.ts'
import type { AdoptOptions, BindTo, PairOptions } from './types.ts'

const {
  AF_UNIX, SOCK_STREAM, SOCK_SEQPACKET, SOCK_RAW, SOCK_NONBLOCK, SOL_SOCKET, SO_DOMAIN, SO_TYPE, SO_PROTOCOL, SO_ACCEPTCONN, SCM_RIGHTS,
  MSG_OOB, MSG_ERRQUEUE,
} = constants

function factsOf(
  family: number, type: number, options: ReceiveKinds<AnyControlMessage>, protocol: number | undefined, adopted?: { readonly fd: number },
): Facts {
  const { readAhead, receive = [], passRights } = options
  if (readAhead !== undefined) integer('create a socket', 'readAhead', readAhead, 0)
  const definitions = checkKinds(receive, { family: familyName(family), type, protocol, fd: adopted?.fd })
  return { family, type, protocol, definitions, messageSize: messageSize(options), adopted: adopted !== undefined, readAhead, passRights }
}

/** Creates a core from a descriptor, which is closed on failure. The socket may already be connected. */
function coreOf(fd: number, facts: Facts, when: readonly Setup['when'][], settings: readonly SettingToApply[] = []): Core {
  let control: ControlSize
  try {
    applySettings(fd, settings)
    control = prepared(fd, facts, when)
  } catch (error) {
    sys.call('close', fd)
    throw error
  }
  return new Core(fd, facts, control)
}

/** Turns on the kinds to receive. All steps that may fail come before the descriptor gets an owner, and perhaps another number. */
function prepared(fd: number, facts: Facts, when: readonly Setup['when'][]): ControlSize {
  const { type, protocol, definitions, passRights } = facts
  const family = familyName(facts.family)
  for (const one of when) enableKinds(fd, definitions, { family, type, when: one, passRights })
  // Without a mark, the reader distinguishes the end from an empty packet by polling.
  const mark = !facts.adopted && facts.family === AF_UNIX && type === SOCK_SEQPACKET && attempt(() => setMark(fd)) === true
  return new ControlSize(fd, { family, type, protocol, definitions, adopted: when.includes('adopted'), mark })
}

function make(family: number, type: number, options: MakeOptions<AnyControlMessage>): Core {
  const { protocol = 0 } = options
  integer('create a socket', 'protocol', protocol, 0)
  if (family === AF_UNIX && type === SOCK_RAW) {
    throw outOfRange("Cannot make a Unix socket of type 'raw': the kernel would make a datagram socket")
  }
  const settings = checkSettings(options, familyName(family))
  const facts = factsOf(family, type, options, protocol === 0 ? usualProtocol(family, type) : protocol)
  return coreOf(libc.socket(family, type | SOCK_NONBLOCK, protocol), facts, ['created'], settings)
}

/** Creates an unbound socket. */
export function openCore(options: OpenOptions<AnyControlMessage>): Core {
  const { family, type } = object('MessageSocket.open', 'options', options, "an object such as { family: 'unix', type: 'datagram' }")
  return make(familyNumber(family), newTypeNumber(type), options)
}

/** Creates a socket of the family of an address. */
export function coreFor(address: AddressLike, options: MakeOptions<AnyControlMessage>): Core {
  return make(addressFamily(encodeAddress(address)), newTypeNumber(options.type), options)
}

/** Creates a bound socket. `listen` is called if sockets of its type have connections. */
export function boundCore(
  address: AddressLike, options: BindTo<AnyControlMessage>, bind: (core: Core) => void, listen: (core: Core) => void,
): Core {
  object('MessageSocket.bind', 'options', options, "an object such as { type: 'datagram' }")
  const core = coreFor(address, options)
  try {
    bind(core)
    if (hasConnections(core.type)) listen(core)
    return core
  } catch (error) {
    core.close()
    throw error
  }
}

/** Creates two connected sockets. */
export function pairedCores(
  options: PairOptions<AnyControlMessage> & { readonly type: SocketType }, second: PairOptions<AnyControlMessage>,
): [Core, Core] {
  const { type } = object('MessageSocket.pair', 'options', options, "an object such as { type: 'datagram' }")
  object('MessageSocket.pair', 'options', second)
  const number = typeNumber(type)
  const { type: otherType = type } = second as { readonly type?: SocketType }
  if (otherType !== type) {
    throw outOfRange(`Cannot create a pair of type ${show(type)} and type ${show(otherType)}: both sockets are of the first one's type`)
  }
  const [settings, otherSettings] = [checkSettings(options, 'unix'), checkSettings(second, 'unix')]
  const [facts, others] = [factsOf(AF_UNIX, number, options, undefined), factsOf(AF_UNIX, number, second, undefined)]
  const [a, b] = libc.socketpair(AF_UNIX, number | SOCK_NONBLOCK)
  const paired = ['created', 'connected'] as const
  let core: Core | undefined
  try {
    core = coreOf(a, facts, paired, settings)
    return [core, coreOf(b, others, paired, otherSettings)]
  } catch (error) {
    if (core === undefined) sys.call('close', b)
    core?.close()
    throw error
  }
}

/** Creates a socket from a descriptor, which the caller still owns on failure. `listen` is called if the socket listens. */
export function adoptedCore(from: Adoptable, options: AdoptOptions<AnyControlMessage>, listen: (core: Core) => void): Core {
  object('adopt', 'options', options)
  const transfer = transferFrom(from)
  try {
    const core = adopted(transfer.fd, options, listen)
    transfer.complete()
    return core
  } catch (error) {
    transfer.giveBack()
    throw error
  }
}

/** Creates a stream from the descriptor of a connection, which the caller still owns on failure. */
export function adoptedDuplex(fd: number, { receive }: ReceiveKinds<AnyControlMessage>): MessageDuplex {
  descriptor('adopt', fd)
  // A core owns its descriptor, under another number in a Worker. So whatever may fail comes before it.
  const core = adopted(fd, { receive }, () => {}, (type, protocol, listens) => { checkStream(fd, isByteStream(type, protocol), listens) })
  return new MessageDuplex(core, includesType(core.facts.definitions, [SCM_RIGHTS]), [], {})
}

function adopted(
  fd: number, options: AdoptOptions<AnyControlMessage>, listen: (core: Core) => void,
  check: (type: number, protocol: number | undefined, listens: boolean) => void = () => {},
): Core {
  const family = familyOf(fd)
  checkUnowned(fd)
  const type = getsockopt(fd, SOL_SOCKET, SO_TYPE)
  const protocol = attempt(() => getsockopt(fd, SOL_SOCKET, SO_PROTOCOL))
  const facts = { ...factsOf(family, type, options, protocol, { fd }), credentialsWereOn: family !== AF_UNIX || areCredentialsOn(fd) }
  const file = options.unlink === true ? fileOf(fd) : undefined
  const listens = hasConnections(type) && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN) !== 0
  check(type, protocol, listens)
  // From here on the descriptor may have another number.
  const core = new Core(fd, facts, prepared(fd, facts, ['adopted']))
  try {
    if (listens) listen(core)
  } catch (error) {
    core.giveUpDescriptor()
    throw error
  }
  core.file = file
  return core
}

function familyOf(fd: number): number {
  try {
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    const { syscall, errno } = error
    throw new SystemError({ syscall, errno: -errno, hint: `adopt expected an open socket, and got file descriptor ${fd}` })
  }
}

/** Creates the stream that takes over a socket. It receives bytes, and descriptors if the socket did. @throws as `detach` */
export function duplexOf(socket: Core, options: ToDuplexOptions): MessageDuplex {
  checkStream(socket.fd, socket.sending.isStream, socket.connections !== undefined)
  const { facts: { definitions, messageSize }, descriptor: { file }, refed } = socket
  const receives = includesType(definitions, [SCM_RIGHTS])
  const { fd, messages, error } = socket.detach()
  try {
    // A Node stream has neither urgent data nor reports.
    const data = messages.filter(({ flags }) => (flags & (MSG_OOB | MSG_ERRQUEUE)) === 0)
    const core = adopted(fd, { messageSize, receive: receives ? [rights] : [] }, () => {})
    core.file = file
    core.refed = refed
    if (error !== undefined) core.data.keepError(error)
    return new MessageDuplex(core, receives, data, options)
  } catch (failure) {
    // The descriptor and the messages have no other owner.
    closeReceived([fd])
    for (const message of messages) message[dispose]()
    throw failure
  }
}

/**
 * Creates a socket for an accepted connection, which receives the same kinds as the listener. A connection inherits the options that
 * its listener had when it was made, not those of the accept. Returns undefined if the connection has ended and the kernel refuses a
 * kind for that reason.
 */
export function acceptedCore(fd: number, listener: Core): Core | undefined {
  const { optionsInherited } = listener
  const facts = { ...listener.facts, adopted: false, credentialsWereOn: optionsInherited || areCredentialsOn(fd) }
  let control: ControlSize
  try {
    control = prepared(fd, facts, optionsInherited ? ['accepted', 'connected'] : ['adopted'])
  } catch (error) {
    const isGone = !isConnected(fd)
    sys.call('close', fd)
    if (isGone) return undefined
    throw error
  }
  return new Core(fd, facts, control)
}

/** True if a listening socket of this type and family can receive connections only, never messages. */
export const onlyListens = ({ family, type }: Pick<Facts, 'family' | 'type'>): boolean => type === SOCK_STREAM || family === AF_UNIX
