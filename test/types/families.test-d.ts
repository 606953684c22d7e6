/** Addresses, options and diagnostics of sockets, as types. */
import { expectTypeOf, it } from 'vitest'
import { MessageSocket, type Address, type BindTo, type Counters, type OpenOptions, type SocketFamily } from '../../src/index.ts'
import { getsockopt, ioctl, memfd_create, pipe2 } from '../../src/libc.ts'

it('families, types and options', () => {
  expectTypeOf<SocketFamily>().toEqualTypeOf<'unix' | 'inet' | 'inet6' | 'vsock' | 'netlink' | 'packet'>()
  expectTypeOf<OpenOptions<never>['type']>().toEqualTypeOf<'datagram' | 'seqpacket' | 'stream' | 'raw'>()
  expectTypeOf<BindTo<never>>().toHaveProperty('reuseAddr').toEqualTypeOf<boolean | undefined>()
  // @ts-expect-error a pair has no raw sockets
  expectTypeOf(MessageSocket.pair).toBeCallableWith({ type: 'raw' })
})

it('addresses are distinguished by their properties', () => {
  const port = (address: Address): number | undefined =>
    ('cid' in address ? address.port : 'portId' in address ? address.portId : undefined)
  expectTypeOf(port).returns.toEqualTypeOf<number | undefined>()
  expectTypeOf<Extract<Address, { interfaceIndex: number }>>().toHaveProperty('hardwareAddress')
})

it('options that are read with a size or a question are bytes', () => {
  expectTypeOf<MessageSocket['getOption']>().toBeCallableWith(0, 1, new Uint8Array(1))
  expectTypeOf(getsockopt(0, 0, 0)).toEqualTypeOf<number>()
  expectTypeOf(getsockopt(0, 0, 0, new Uint8Array(1))).toEqualTypeOf<Buffer>()
  expectTypeOf(ioctl(0, 0)).toEqualTypeOf<number>()
  expectTypeOf(ioctl(0, 0, new Uint8Array(1))).toEqualTypeOf<Buffer>()
  expectTypeOf(pipe2).returns.toEqualTypeOf<[read: number, write: number]>()
  expectTypeOf(memfd_create).returns.toEqualTypeOf<number>()
  expectTypeOf<Counters['sentMessages']>().toEqualTypeOf<number>()
})
