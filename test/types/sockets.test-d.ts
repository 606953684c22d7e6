import { describe, expectTypeOf, it } from 'vitest'
import {
  MessageSocket, credentials, rights, type Address, type GroupOptions, type Message, type OwnedFd, type SendOptions, type UnknownControl,
  type USocketOptions,
} from 'cmsg'
import type * as codec from 'cmsg/codec'
import type { DecodeOptions, ExplainOptions, RxrpcTimeouts, StructOptions } from 'cmsg/codec'
import type { PollEntry } from 'cmsg/libc'
import type { JournalOptions, NotifyOptions } from 'cmsg/systemd'

// Types alone: nothing here is ever called.
declare const plain: MessageSocket
declare const asked: MessageSocket<typeof credentials | typeof rights>

describe('a socket', () => {
  it('takes its type from the kinds in receive', () => {
    expectTypeOf(() => MessageSocket.open({ family: 'unix', type: 'datagram', receive: [credentials, rights] })).returns
      .toEqualTypeOf(asked)
    expectTypeOf(() => MessageSocket.bind('/x', { type: 'datagram', receive: [credentials, rights] })).returns.toEqualTypeOf(asked)
    expectTypeOf(() => MessageSocket.connect('/x', { type: 'stream', receive: [credentials, rights] })).returns
      .resolves.toEqualTypeOf(asked)
    expectTypeOf(() => MessageSocket.pair({ type: 'seqpacket' })).returns.toEqualTypeOf<[MessageSocket, MessageSocket]>()
    expectTypeOf(() => MessageSocket.adopt(3)).returns.toEqualTypeOf(plain)
  })

  it('returns messages, and undefined at the end', () => {
    expectTypeOf(asked.receive).returns.resolves.toEqualTypeOf<Message<typeof credentials | typeof rights> | undefined>()
    expectTypeOf(asked.receiveNow).returns.toEqualTypeOf<Message<typeof credentials | typeof rights> | undefined>()
    expectTypeOf(asked.receiveMany).returns.resolves.toEqualTypeOf<Message<typeof credentials | typeof rights>[]>()
    expectTypeOf<typeof asked extends AsyncIterable<infer M> ? M : never>().toEqualTypeOf<Message<typeof credentials | typeof rights>>()
  })

  it('is disposed of asynchronously, a message at once', () => {
    expectTypeOf(plain).toExtend<AsyncDisposable>()
    expectTypeOf<Message>().toExtend<Disposable>()
    expectTypeOf<OwnedFd>().toExtend<Disposable>()
  })

  it('takes undefined for an option, as a configuration may have it', () => {
    const nothing = undefined
    const settings = {
      reuseAddr: nothing, reusePort: nothing, recvBufferSize: nothing, sendBufferSize: nothing, ttl: nothing, broadcast: nothing,
      ipv6Only: nothing, receive: nothing, messageSize: nothing, passRights: nothing, readAhead: nothing, protocol: nothing,
    }
    void (() => MessageSocket.open({ family: 'unix', type: 'datagram', ...settings }))
    void (() => MessageSocket.bind('/x', { type: 'datagram', ...settings, unlink: nothing, mode: nothing, backlog: nothing }))
    void (() => MessageSocket.connect('/x', { type: 'datagram', ...settings, signal: nothing }))
    void (() => MessageSocket.adopt(3, { receive: nothing, messageSize: nothing, readAhead: nothing, unlink: nothing }))
    void (() => plain.send('x', { to: nothing, control: nothing, flags: nothing, signal: nothing }))
    void (() => plain.receive({ size: nothing, flags: nothing, signal: nothing }))
    void (() => plain.receiveSync({ timeout: nothing }))
    void (() => plain.receiveMany({ max: nothing, signal: nothing }))
    void (() => plain.messages({ dispose: nothing, signal: nothing }))
    void (() => { plain.joinGroup('239.1.2.3', { interface: nothing, source: nothing }) })
    void (() => plain.toDuplex({ highWaterMark: nothing, allowHalfOpen: nothing }))
  })

  it('has no optional property that does not take undefined', () => {
    // The optional properties whose type lacks undefined.
    type Strict<T> = T extends unknown
      ? { [Name in keyof T]-?: object extends Pick<T, Name> ? undefined extends Required<T>[Name] ? never : Name : never }[keyof T] : never
    type Value<D> = D extends (value: infer V) => unknown ? V : never
    expectTypeOf<Strict<{ a?: 1; b?: 1 | undefined; c: 1 }>>().toEqualTypeOf<'a'>()
    expectTypeOf<Strict<PollEntry | StructOptions | Address | RxrpcTimeouts | USocketOptions | DecodeOptions<never> | ExplainOptions
      | NonNullable<Parameters<typeof MessageSocket.adopt>[1]> | NotifyOptions | JournalOptions | GroupOptions | SendOptions>>().toBeNever()
    expectTypeOf<Strict<
      Value<typeof codec.packetInfo> | Value<typeof codec.packetInfo6> | Value<typeof codec.sctpInit> | Value<typeof codec.sctpSendInfo>
      | Value<typeof codec.rdsRdmaMap> | Value<typeof codec.rxrpcSetCallTimeout>
    >>().toBeNever()
  })

  it('refuses invalid options', () => {
    // @ts-expect-error: no such family
    void (() => MessageSocket.open({ family: 'ipx', type: 'datagram' }))
    // @ts-expect-error: no such type
    void (() => MessageSocket.open({ family: 'unix', type: 'dgram' }))
    // @ts-expect-error: definitions, not names
    void (() => MessageSocket.open({ family: 'unix', type: 'datagram', receive: ['credentials'] }))
    // @ts-expect-error: items, not definitions
    void (() => plain.send('x', { control: [rights] }))
    // @ts-expect-error: no number
    void (() => plain.send(1))
  })
})

describe('a message', () => {
  it('has the values that were asked for', () => {
    const message = {} as Message<typeof credentials | typeof rights>
    expectTypeOf(message.get(credentials)).toExtend<{ pid: number; uid: number; gid: number } | undefined>()
    expectTypeOf(message.get(rights)).toEqualTypeOf<OwnedFd[] | undefined>()
    expectTypeOf(message.getAll(rights)).toEqualTypeOf<OwnedFd[][]>()
    expectTypeOf(message.data).toEqualTypeOf<Buffer>()
    expectTypeOf(message.address).toEqualTypeOf<Address>()
    for (const item of message.control) {
      if (item.kind === 'rights') expectTypeOf(item.value).toEqualTypeOf<OwnedFd[]>()
      else if (item.kind === 'credentials') expectTypeOf(item.value.pid).toEqualTypeOf<number>()
      else expectTypeOf(item).toExtend<UnknownControl>()
    }
  })

  it('has no others', () => {
    const message = {} as Message<typeof credentials>
    // @ts-expect-error: nobody asked for it
    void (() => message.get(rights))
  })
})
