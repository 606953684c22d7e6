/**
 * AF_ALG: the kernel's hashes and ciphers. Every recvmsg computes: reading ahead would compute of nothing.
 * poll never finds a hash ready, and always finds a cipher so: whoever receives has to try first, and not to spin.
 * @see https://docs.kernel.org/crypto/userspace-if.html
 * @module
 */
import { createCipheriv, createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { MessageSocket, algAssociatedLength, algIv, algOperation, encodeAddress, rights } from 'cmsg'
import * as libc from 'cmsg/libc'
import { assert, equal, run } from '../support/checks.ts'
import { addressOf, bytesOf, constants } from '../support/layout.ts'
import { Peer } from '../support/peer.ts'

const { AF_ALG, SOCK_SEQPACKET, MSG_MORE } = constants

const key = 'a key of 16 byte'
const iv = Buffer.from('a vector of 16 b')

/** struct sockaddr_alg */
function algorithm(type: string, name: string): Uint8Array {
  const padded = (text: string, size: number): Buffer => Buffer.alloc(size).fill(text, 0, text.length)
  return encodeAddress(addressOf(AF_ALG, bytesOf(
    { family: 'u16', type: ['u8', 14], feat: 'u32', mask: 'u32', name: ['u8', 64] },
    { family: AF_ALG, type: padded(type, 14), feat: 0, mask: 0, name: padded(name, 64) },
  )))
}

/** A socket on which to work, that python3 made: without accept4 of our own. */
async function working(peer: Peer, type: string, name: string, key: string | null = null): Promise<MessageSocket> {
  const path = `/tmp/alg-${process.pid}-${name}`
  const courier = MessageSocket.bind(path, { type: 'datagram', receive: [rights], unlink: true })
  await peer.call('give', path, type, name, key)
  const message = await courier.receive()
  const [fd] = message!.get(rights)!
  await courier.close()
  return MessageSocket.adopt(fd!)
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

await run({
  async 'accepts a socket that has no name with accept4'() {
    const listener = libc.socket(AF_ALG, SOCK_SEQPACKET)
    libc.bind(listener, algorithm('hash', 'sha256'))
    const { fd, name } = libc.accept4(listener)
    equal(name.length, 0)
    libc.sendmsg(fd, { buffers: [Buffer.from('abc')] })
    equal(libc.recvmsg(fd, { size: 100 }).data, sha256('abc'))
    libc.close(fd)
    libc.close(listener)
  },

  async 'hashes message after message, each once'() {
    const peer = new Peer('alg')
    const socket = await working(peer, 'hash', 'sha256')
    for (const text of ['abc', 'the second', 'the third']) {
      await socket.send(text)
      const message = await socket.receive()
      equal(message?.data, Buffer.from(await peer.call<string>('digest', 'sha256', text), 'latin1'))
    }
    await socket.send('in ', { flags: MSG_MORE })
    await socket.send('two parts')
    equal((await socket.receive())?.data, sha256('in two parts'))
    await socket.close()
  },

  async 'hashes by raw calls'() {
    const peer = new Peer('alg')
    const socket = await working(peer, 'hash', 'sha256')
    for (const text of ['abc', 'the second']) {
      libc.sendmsg(socket.fd, { buffers: [Buffer.from(text)] })
      equal(libc.recvmsg(socket.fd, { size: 100 }).data, sha256(text))
    }
    await socket.close()
  },

  async 'encrypts and decrypts with a vector'() {
    const peer = new Peer('alg')
    const socket = await working(peer, 'skcipher', 'cbc(aes)', key)
    for (const text of ['one block, 16 by', 'two blocks that are of 32 bytes.']) {
      await socket.send(text, { control: [algOperation('encrypt'), algIv(iv)] })
      const encrypted = (await socket.receive())!.data.toString('latin1')
      equal(encrypted, await peer.call('cipher', 'cbc(aes)', key, true, iv.toString('latin1'), text))
      await socket.send(Buffer.from(encrypted, 'latin1'), { control: [algOperation('decrypt'), algIv(iv)] })
      equal((await socket.receive())?.data, Buffer.from(text))
    }
    await socket.close()
  },

  async 'waits for a result that is not there yet'() {
    const peer = new Peer('alg')
    const socket = await working(peer, 'skcipher', 'cbc(aes)', key)
    const waiting = socket.receive()
    await socket.send('one block, 16 by', { control: [algOperation('encrypt'), algIv(iv)] })
    equal(
      (await waiting)?.data.toString('latin1'), await peer.call('cipher', 'cbc(aes)', key, true, iv.toString('latin1'), 'one block, 16 by'),
    )
    await socket.close()
  },

  async 'authenticates some of the data without encrypting it'() {
    const peer = new Peer('alg')
    const socket = await working(peer, 'aead', 'gcm(aes)', key)
    const vector = iv.subarray(0, 12)
    await socket.send('known' + 'secret', { control: [algOperation('encrypt'), algIv(vector), algAssociatedLength(5)] })
    const cipher = createCipheriv('aes-128-gcm', key, vector).setAAD(Buffer.from('known'))
    equal(
      (await socket.receive())?.data, Buffer.concat([Buffer.from('known'), cipher.update('secret'), cipher.final(), cipher.getAuthTag()]),
    )
    await socket.close()
  },

  async 'shows a socket that has no names'() {
    const peer = new Peer('alg')
    const socket = await working(peer, 'hash', 'sha256')
    equal(socket.remoteAddress, undefined)
    assert(inspect(socket).includes('alg'), `it is shown as ${inspect(socket)}`)
    await socket.close()
  },
})
