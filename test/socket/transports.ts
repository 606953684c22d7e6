/**
 * The matrix: every family, type and kind of address, each as a way to make two sockets that talk to each other. What
 * differs between them is data here, so that the suite in matrix.test.ts is one.
 * @module
 */
import { join } from 'node:path'
import { constants } from '../../generated/constants.ts'
import type { AnyControlMessage } from '../../src/control/define.ts'
import { MessageSocket, type AddressLike, type SocketType } from '../../src/index.ts'
import { accept4, bind, connect, getsockname, listen, socket, socketpair } from '../../src/libc.ts'
import { encodeAddress } from '../../src/codec.ts'
import type { ReceiveKinds } from '../../src/socket/options/options.ts'
import { tempDir } from '../support/processes.ts'

/** Two sockets that are connected, or that know each other's address. */
export interface Ends<D extends AnyControlMessage> extends AsyncDisposable {
  readonly a: MessageSocket<D>
  readonly b: MessageSocket<D>
  /** What `a` says to reach `b`: nothing where it is connected. */
  readonly toB: { readonly to?: AddressLike }
  readonly toA: { readonly to?: AddressLike }
}

export interface Transport {
  readonly name: string
  readonly family: 'unix' | 'inet' | 'inet6'
  readonly type: SocketType
  /** Whether `a` has an address, at which `b` can answer it by `message.address`. */
  readonly answerable: boolean
  /** The size of a large message, bytes: one that still goes in one piece where pieces matter. */
  readonly large: number
  open<D extends AnyControlMessage = never>(options: ReceiveKinds<D>): Promise<Ends<D>>
}

const { AF_UNIX, AF_INET, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } = constants

let names = 0
/** A name that nobody else has, whatever runs beside. */
const fresh = (): string => `cmsg-test-${process.pid}-${names++}`

/** Unix addresses of every kind. */
export const unixAddresses: readonly [name: string, make: () => AddressLike][] = [
  ['pathname', () => join(tempDir(), 'socket')],
  ['pathname that is no UTF-8', () => ({ path: Buffer.from(join(tempDir(), 'caf\xe9'), 'latin1') })],
  ['pathname of 108 bytes', () => join(tempDir(), 'x').padEnd(108, 'x')],
  ['abstract', () => `\0${fresh()}`],
  ['abstract with NULs', () => ({ abstract: Buffer.from(`\0\0${fresh()}\0in it\0\0`) })],
  ['autobind', () => ({ unnamed: true })],
]

const ends = <D extends AnyControlMessage>(a: MessageSocket<D>, b: MessageSocket<D>, toB?: AddressLike, toA?: AddressLike): Ends<D> => ({
  a, b,
  toB: toB === undefined ? {} : { to: toB },
  toA: toA === undefined ? {} : { to: toA },
  [Symbol.asyncDispose]: async () => { await Promise.all([a.close(), b.close()]) },
})

type Open = Transport['open']

/** Two datagram sockets with addresses of their own. */
const addressed = (address: () => AddressLike): Open => async (options) => {
  const a = MessageSocket.bind(address(), { ...options, type: 'datagram' })
  const b = MessageSocket.bind(address(), { ...options, type: 'datagram' })
  return ends(a, b, b.address, a.address)
}

/** The same, and each connected to the other. */
const connected = (address: () => AddressLike): Open => async (options) => {
  const a = MessageSocket.bind(address(), { ...options, type: 'datagram' })
  const b = MessageSocket.bind(address(), { ...options, type: 'datagram' })
  await a.connect(b.address)
  await b.connect(a.address)
  return ends(a, b)
}

/** A connection: its client, and what the listener accepted. */
const accepted = (type: SocketType, address: () => AddressLike): Open => async (options) => {
  await using listener = MessageSocket.bind(address(), { ...options, type })
  const a = await MessageSocket.connect(listener.address, { ...options, type })
  return ends(a, await listener.accept())
}

const pair = (type: SocketType): Open => async (options) => ends(...MessageSocket.pair({ ...options, type }))

const adopt = <D extends AnyControlMessage>([a, b]: readonly [number, number], options: ReceiveKinds<D>): Ends<D> =>
  ends(MessageSocket.adopt(a, options), MessageSocket.adopt(b, options))

/** A TCP connection over loopback: there is no other way to have one than to adopt it. */
function tcp(): [number, number] {
  const listener = MessageSocket.adopt(socket(AF_INET, SOCK_STREAM))
  listener.bind({ address: '127.0.0.1', port: 0 })
  listen(listener.fd, 1)
  const client = socket(AF_INET, SOCK_STREAM)
  connect(client, getsockname(listener.fd))
  const { fd } = accept4(listener.fd)
  void listener.close()
  return [client, fd]
}

/** UDP sockets on loopback, made by somebody else. */
function udp(): [number, number] {
  const [a, b] = [socket(AF_INET, SOCK_DGRAM), socket(AF_INET, SOCK_DGRAM)]
  for (const fd of [a, b]) bind(fd, encodeAddress({ address: '127.0.0.1', port: 0 }))
  connect(a, getsockname(b))
  connect(b, getsockname(a))
  return [a, b]
}

const unix = (type: SocketType, name: string, answerable: boolean, open: Open): Transport =>
  ({ name: `unix ${type}, ${name}`, family: 'unix', type, answerable, large: 100_000, open })

const loopback = { inet: '127.0.0.1', inet6: '::1' } as const
const types = { datagram: SOCK_DGRAM, seqpacket: SOCK_SEQPACKET, stream: SOCK_STREAM } as const
const typeNames = Object.keys(types) as SocketType[]

export const transports: readonly Transport[] = [
  ...unixAddresses.flatMap(([name, address]) => [
    unix('datagram', name, true, addressed(address)),
    unix('datagram', `${name}, connected both ways`, true, connected(address)),
    unix('seqpacket', `accepted at ${name}`, false, accepted('seqpacket', address)),
    unix('stream', `accepted at ${name}`, false, accepted('stream', address)),
  ]),
  ...typeNames.flatMap((type) => [
    unix(type, 'pair', false, pair(type)),
    unix(type, 'adopted pair', false, async (options) => adopt(socketpair(AF_UNIX, types[type]), options)),
  ]),
  ...(['inet', 'inet6'] as const).flatMap((family): Transport[] => {
    const address = (): AddressLike => ({ address: loopback[family], port: 0 })
    const row = { family, type: 'datagram', answerable: true, large: 60_000 } as const
    return [
      { ...row, name: `${family} datagram`, open: addressed(address) },
      { ...row, name: `${family} datagram, connected both ways`, open: connected(address) },
    ]
  }),
  {
    name: 'inet datagram, adopted', family: 'inet', type: 'datagram', answerable: true, large: 60_000,
    open: async (options) => adopt(udp(), options),
  },
  {
    name: 'inet stream, adopted', family: 'inet', type: 'stream', answerable: false, large: 100_000,
    open: async (options) => adopt(tcp(), options),
  },
]
