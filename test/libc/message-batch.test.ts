/**
 * MessageBatch: what is read in place is what recvmsg says, whatever the batch was used for before; descriptors are the
 * caller's.
 */
import { describe, expect, it } from 'vitest'
import {
  CMSG_LEN, CMSG_SPACE, MessageBatch, close, constants, decodeAddress, decodeControl, encodeAddress, encodeControl, bind, credentials,
  recvmsg, rights, sendmsg, setsockopt, socket, socketpair, structs,
} from '../../src/libc.ts'
import { TestFile } from '../descriptors/file.ts'

const { AF_UNIX, SOCK_DGRAM, SOL_SOCKET, SO_PASSCRED, SCM_CREDENTIALS, SCM_RIGHTS, MSG_DONTWAIT, MSG_WAITFORONE, MSG_TRUNC, MSG_CTRUNC } =
  constants
const ucredSpace = CMSG_SPACE(structs.ucred.size)

function pair(): [number, number] {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
  setsockopt(b, SOL_SOCKET, SO_PASSCRED, 1)
  return [a, b]
}

describe('receiving', () => {
  it('each message of a batch has its own length, flags, data and control', () => {
    const [a, b] = pair()
    const batch = new MessageBatch({ count: 4, size: 8, controlSize: ucredSpace, nameSize: 0 })
    // Twice: what the kernel wrote the first time, shorter here and longer there, must not show the second time.
    for (const sizes of [[8, 0, 20, 4], [20, 8, 0, 8], [1, 2]]) {
      sizes.forEach((size, i) => sendmsg(a, { buffers: [Buffer.alloc(size, 65 + i)] }))
      expect(batch.receive(b, MSG_WAITFORONE)).toBe(sizes.length)
      sizes.forEach((size, i) => {
        expect([batch.length(i), batch.flags(i)]).toEqual([Math.min(size, 8), size > 8 ? MSG_TRUNC : 0])
        expect(batch.data(i)).toEqual(Buffer.alloc(Math.min(size, 8), 65 + i))
        const ucred = batch.findControl(i, SOL_SOCKET, SCM_CREDENTIALS)
        expect(batch.controlInt32(i, ucred)).toBe(process.pid)
        expect(batch.findControl(i, SOL_SOCKET, SCM_RIGHTS)).toBe(-1)
        if (size >= 4) expect(batch.int32(i, 0)).toBe(batch.data(i).readInt32LE(0))
        expect(batch.name(i)).toHaveLength(0)
      })
    }
    expect(() => batch.receive(b, MSG_DONTWAIT)).toThrow(expect.objectContaining({ code: 'EAGAIN' }))
    close(a)
    close(b)
  })

  it('a batch that sends can receive afterwards', () => {
    const [a, b] = pair()
    const batch = new MessageBatch({ count: 2, size: 16, controlSize: ucredSpace })
    batch.set(0, { buffers: [Buffer.from('a'), Buffer.from('b')] })
    batch.set(1, { buffers: [Buffer.from('second')] })
    expect(batch.send(a, 2)).toBe(2)
    expect(batch.receive(b, MSG_WAITFORONE)).toBe(2)
    expect([String(batch.data(0)), String(batch.data(1))]).toEqual(['ab', 'second'])
    sendmsg(a, { buffers: [Buffer.from('sixteen bytes...')] })
    expect(batch.receiveOne(b)).toBe(16)
    expect(String(batch.data(0, 16))).toBe('sixteen bytes...')
    close(a)
    close(b)
  })

  it('the names are those of the senders', () => {
    const [server, named, unnamed] = [0, 1, 2].map(() => socket(AF_UNIX, SOCK_DGRAM)) as [number, number, number]
    const address = (name: string): Buffer => Buffer.from(encodeAddress(`\0cmsg-batch-${process.pid}-${name}`))
    bind(server, address('server'))
    bind(named, address('client'))
    const batch = new MessageBatch({ count: 3, size: 8 })
    for (const [fd, text] of [[named, 'one'], [unnamed, 'two'], [named, 'three']] as const) {
      sendmsg(fd, { buffers: [Buffer.from(text)], name: address('server') })
    }
    expect(batch.receive(server)).toBe(3)
    expect([0, 1, 2].map((i) => decodeAddress(batch.name(i)))).toEqual([
      decodeAddress(address('client')), { unnamed: true }, decodeAddress(address('client')),
    ])
    for (const fd of [server, named, unnamed]) close(fd)
  })
})

describe('descriptors', () => {
  const sent = 3
  const whole = ucredSpace + CMSG_SPACE(sent * 4)

  it('are all reported, as by recvmsg, with control buffers of every size', () => {
    using file = new TestFile()
    const [a, b] = pair()
    const control = encodeControl([rights(file.times(sent))])
    for (let room = 0; room <= whole + 1; room++) {
      const batch = new MessageBatch({ count: 3, size: 16, controlSize: room, nameSize: 0 })
      for (let i = 0; i < 4; i++) sendmsg(a, { buffers: [Buffer.from('the data')], control })
      expect(batch.receive(b, MSG_WAITFORONE)).toBe(3)
      const one = recvmsg(b, { size: 16, controlSize: room })
      const numbers = (bytes: Uint8Array): number[] =>
        decodeControl(bytes, { definitions: [rights] }).flatMap((message) => (message.kind === 'rights' ? message.value : []))
      const fits = Math.min(sent, Math.max(0, Math.floor((room - ucredSpace - CMSG_LEN(0)) / 4)))
      for (const { data, control: bytes, flags } of [
        ...[0, 1, 2].map((i) => ({ data: batch.data(i), control: batch.control(i), flags: batch.flags(i) })), one,
      ]) {
        const fds = numbers(bytes)
        expect([String(data), fds.length, (flags & MSG_CTRUNC) !== 0]).toEqual(['the data', fits, fits < sent])
        // Every one is open and the file's: to be closed once, by us.
        for (const fd of fds) {
          expect(file.copies).toContain(fd)
          close(fd)
        }
      }
      expect(file.copies).toEqual([])
    }
    close(a)
    close(b)
  })

  it('are sent from a batch, and with credentials', () => {
    using file = new TestFile()
    const [a, b] = pair()
    const control = encodeControl([
      credentials({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() }), rights(file.times(1)),
    ])
    const batch = new MessageBatch({ count: 2, size: 4, controlSize: control.length, nameSize: 0 })
    for (const i of [0, 1]) batch.set(i, { buffers: [Buffer.from([i])], control })
    expect(batch.send(a, 2)).toBe(2)
    for (const i of [0, 1]) {
      const { data, control: received } = recvmsg(b, { size: 4, controlSize: control.length })
      expect(data).toEqual(Buffer.from([i]))
      for (const message of decodeControl(received, { definitions: [rights] })) {
        if (message.kind === 'rights') for (const fd of message.value) close(fd)
      }
    }
    expect(file.copies).toEqual([])
    close(a)
    close(b)
  })
})
