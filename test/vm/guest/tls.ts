/**
 * The kernel's TLS on a TCP connection, with a fixed key in both directions: the types of records.
 * @see https://docs.kernel.org/networking/tls.html
 * @module
 */
import { createCipheriv } from 'node:crypto'
import { MessageSocket, encodeAddress, tlsRecordType, tlsSetRecordType, type AnyControlMessage } from 'cmsg'
import * as libc from 'cmsg/libc'
import { equal, run } from '../support/checks.ts'
import { bytesOf, constants } from '../support/layout.ts'
import { Peer } from '../support/peer.ts'

const {
  AF_INET, SOCK_STREAM, SOL_TCP, TCP_ULP, SOL_TLS, TLS_TX, TLS_RX, TLS_RECORD_TYPE_ALERT, TLS_RECORD_TYPE_DATA, TLS_RECORD_TYPE_HANDSHAKE,
} = constants

const version = 0x0303
const key = Buffer.from('a key of 16 byte')
const salt = Buffer.from('salt')
/** struct tls12_crypto_info_aes_gcm_128 */
const info = bytesOf(
  { version: 'u16', cipher_type: 'u16', iv: ['u8', 8], key: ['u8', 16], salt: ['u8', 4], rec_seq: ['u8', 8] },
  { version, cipher_type: 51, iv: new Uint8Array(8), key, salt, rec_seq: new Uint8Array(8) },
)

/** A connection whose ends both have the kernel's TLS; the peer's end only if `secure`. */
async function connected<D extends AnyControlMessage>(
  receive: readonly D[], secure = true,
): Promise<{ peer: Peer; socket: MessageSocket<D> }> {
  const peer = new Peer('tls')
  const port = await peer.call<number>('listen')
  const fd = libc.socket(AF_INET, SOCK_STREAM)
  libc.connect(fd, encodeAddress({ address: '127.0.0.1', port }))
  libc.setsockopt(fd, SOL_TCP, TCP_ULP, Buffer.from('tls'))
  for (const direction of [TLS_TX, TLS_RX]) libc.setsockopt(fd, SOL_TLS, direction, info)
  await peer.call('accept', secure ? Buffer.from(info).toString('latin1') : null)
  return { peer, socket: MessageSocket.adopt(fd, { receive }) }
}

/** A record as it is on the wire: kernels cannot be asked to send an empty one. */
function record(sequence: number, type: number, data: string): string {
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(BigInt(sequence))
  const header = (length: number): Buffer => Buffer.from([type, version >> 8, version & 0xff, length >> 8, length & 0xff])
  const cipher = createCipheriv('aes-128-gcm', key, Buffer.concat([salt, number]))
  cipher.setAAD(Buffer.concat([number, header(data.length)]))
  const text = Buffer.concat([cipher.update(data, 'latin1'), cipher.final(), cipher.getAuthTag()])
  return Buffer.concat([header(number.length + text.length), number, text]).toString('latin1')
}

await run({
  async 'sends records of the stated type'() {
    const { peer, socket } = await connected([tlsRecordType])
    await socket.send('alert', { control: [tlsSetRecordType('alert')] })
    equal(await peer.call('receive', 100), ['alert', [TLS_RECORD_TYPE_ALERT]])
    await socket.send('data')
    equal(await peer.call('receive', 100), ['data', [TLS_RECORD_TYPE_DATA]])
    await socket.close()
  },

  async 'receives records with their types, and the end'() {
    const { peer, socket } = await connected([tlsRecordType])
    for (const [type, name] of [
      [TLS_RECORD_TYPE_HANDSHAKE, 'handshake'], [TLS_RECORD_TYPE_ALERT, 'alert'], [100, 100], [null, 'data'],
    ] as const) {
      await peer.call('send', `of type ${name}`, type)
      const message = await socket.receive()
      equal([message?.data, message?.get(tlsRecordType)], [Buffer.from(`of type ${name}`), name])
    }
    await peer.call('close')
    equal(await socket.receive(), undefined)
    equal(socket.ended, true)
    await socket.close()
  },

  async 'takes an empty record with a type for a message, and receives what follows'() {
    const { peer, socket } = await connected([tlsRecordType], false)
    await peer.call('send', record(0, TLS_RECORD_TYPE_DATA, 'before'))
    await peer.call('send', record(1, TLS_RECORD_TYPE_ALERT, ''))
    await peer.call('send', record(2, TLS_RECORD_TYPE_DATA, 'after'))
    await peer.call('close')
    const received: unknown[] = []
    for await (const message of socket) received.push([String(message.data), message.get(tlsRecordType)])
    equal(received, [['before', 'data'], ['', 'alert'], ['after', 'data']])
    await socket.close()
  },

  async 'states the type for every part of a long message'() {
    const { peer, socket } = await connected([tlsRecordType])
    const length = 400_000
    const counts = peer.call('receive_all', length)
    equal(await socket.send(Buffer.alloc(length, 'x'), { control: [tlsSetRecordType('handshake')] }), length)
    equal(await counts, { [TLS_RECORD_TYPE_HANDSHAKE]: length })
    await socket.close()
  },

  async 'rejects with EIO when the socket has no room for the type of a record that is not data'() {
    const { peer, socket } = await connected([])
    await peer.call('send', 'data')
    equal((await socket.receive())?.data, Buffer.from('data'))
    const waiting = socket.receive().then(() => 'no error', (error: Error & { code?: string }) => error.code)
    await peer.call('send', 'alert', TLS_RECORD_TYPE_ALERT)
    equal(await waiting, 'EIO')
    await socket.close()
  },
})
