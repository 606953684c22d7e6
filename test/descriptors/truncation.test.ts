/**
 * MSG_CTRUNC at every byte: control messages cut off anywhere. What fits is reported right, what does not is not made up,
 * the data arrives, and no descriptor is left.
 */
import { describe, expect, it } from 'vitest'
import {
  MessageSocket, Pidfd, constants, credentials, defineControlMessage, pidfd, rights, type AnyControlMessage, type DecodedControl,
  type OwnedFd,
} from '../../src/index.ts'
import { CMSG_LEN, CMSG_SPACE, close, decodeControl, encodeControl, recvmsg, sendmsg, setsockopt, socketpair } from '../../src/libc.ts'
import { pidfds, TestFile } from './file.ts'

const {
  AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET, SO_PASSCRED, SO_PASSPIDFD, SCM_RIGHTS, SCM_PIDFD, SCM_CREDENTIALS,
  MSG_CTRUNC,
} = constants
const me = { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() }

const header = CMSG_LEN(0)
const intSize = 4
const sent = 3
/** What everything takes: struct ucred, three descriptors, a pidfd. The kernel writes them in this order. */
const whole = CMSG_SPACE(12) + CMSG_SPACE(sent * intSize) + CMSG_SPACE(intSize)

interface Expected {
  /** Bytes of the credentials; undefined where not even their header fits. */
  readonly credentials: number | undefined
  readonly descriptors: number
  readonly pidfd: boolean
}

/** What a control buffer of `room` bytes has room for. */
function expectedIn(room: number): Expected {
  const afterCredentials = Math.max(0, room - CMSG_SPACE(12))
  const descriptors = Math.min(sent, Math.max(0, Math.floor((afterCredentials - header) / intSize)))
  const afterRights = descriptors === 0 ? afterCredentials : Math.max(0, afterCredentials - CMSG_SPACE(descriptors * intSize))
  return {
    credentials: room < header ? undefined : Math.min(12, room - header),
    descriptors,
    pidfd: afterRights >= CMSG_LEN(intSize),
  }
}

const types = [['datagram', SOCK_DGRAM], ['seqpacket', SOCK_SEQPACKET], ['stream', SOCK_STREAM]] as const

describe.each(types)('control buffers of every size from nothing to everything, %s', (name, type) => {
  it('recvmsg: every byte', () => {
    using file = new TestFile()
    const [a, b] = socketpair(AF_UNIX, type)
    setsockopt(b, SOL_SOCKET, SO_PASSCRED, 1)
    setsockopt(b, SOL_SOCKET, SO_PASSPIDFD, 1)
    const pidfdsBefore = pidfds()
    for (let room = 0; room <= whole + 1; room++) {
      sendmsg(a, { buffers: [Buffer.from('the data')], control: encodeControl([rights(file.times(sent))]) })
      const { data, control, flags } = recvmsg(b, { size: 100, controlSize: room })
      const expected = expectedIn(room)
      const received = decodeControl(control, { definitions: [credentials, rights, pidfd].map(withoutOwners) })
      const fds = received.filter(({ type }) => type === SCM_RIGHTS).flatMap(numbers)
      const processes = received.filter(({ type }) => type === SCM_PIDFD).flatMap(numbers)
      const who = received.find(({ type }) => type === SCM_CREDENTIALS)
      try {
        expect(String(data)).toBe('the data')
        expect({ credentials: who?.data.length, descriptors: fds.length, pidfd: processes.length === 1 }, `room ${room}`).toEqual(expected)
        // A part of them is not who it was.
        expect(who?.kind ?? 'credentials', `room ${room}`).toBe((expected.credentials ?? 12) < 12 ? 'unknown' : 'credentials')
        expect((flags & MSG_CTRUNC) !== 0, `room ${room}`).toBe(room < whole - CMSG_SPACE(intSize) + CMSG_LEN(intSize))
        expect(control.length, `room ${room}`).toBeLessThanOrEqual(room)
        // What was installed is what was reported, and nothing else.
        expect([file.copies.toSorted(), pidfds() - pidfdsBefore], `room ${room}`).toEqual([fds.toSorted(), processes.length])
      } finally {
        for (const fd of [...fds, ...processes]) close(fd)
      }
    }
    expect([file.copies, pidfds()]).toEqual([[], pidfdsBefore])
    close(a)
    close(b)
  })

  it('MessageSocket: every size that a definition can ask for', () => {
    using file = new TestFile()
    const pidfdsBefore = pidfds()
    for (let size = 0; size + header <= whole; size++) {
      // It never comes: what it does is to reserve so much room.
      const reserve = defineControlMessage({
        kind: 'reserve', level: SOL_SOCKET, type: 9999, minSize: 0, receive: { size }, decode: () => undefined,
      })
      const room = CMSG_SPACE(size)
      const [a, b] = MessageSocket.pair({ type: name, receive: [reserve] })
      using _a = a
      using _b = b
      // As another holder of the socket would: the socket itself would make room for them.
      setsockopt(b.fd, SOL_SOCKET, SO_PASSCRED, 1)
      setsockopt(b.fd, SOL_SOCKET, SO_PASSPIDFD, 1)
      a.sendNow('the data', { control: [rights(file.times(sent))] })
      const expected = expectedIn(room)
      {
        using message = b.receiveNow()!
        const get = (definition: AnyControlMessage): unknown => message.get(definition as never)
        expect([String(message.data), message.truncated], `room ${room}`).toEqual(['the data', false])
        expect(message.controlTruncated, `room ${room}`).toBe(room < whole)
        expect(get(credentials), `room ${room}`).toEqual(expected.credentials === 12 ? me : undefined)
        expect(((get(rights) ?? []) as OwnedFd[]).map(({ fd }) => fd).toSorted(), `room ${room}`).toEqual(file.copies.toSorted())
        expect(file.copies, `room ${room}`).toHaveLength(expected.descriptors)
        expect([get(pidfd) instanceof Pidfd, pidfds() - pidfdsBefore], `room ${room}`).toEqual([expected.pidfd, expected.pidfd ? 1 : 0])
      }
      expect([file.copies, pidfds()], `room ${room}`).toEqual([[], pidfdsBefore])
    }
  })
})

/** The same definition, which leaves the descriptors alone: they are compared, and closed, by number. */
const withoutOwners = ({ kind, level, type, minSize }: AnyControlMessage): AnyControlMessage =>
  defineControlMessage({ kind, level, type, minSize, decode: () => undefined })

const numbers = ({ data }: DecodedControl<AnyControlMessage>): number[] =>
  Array.from({ length: Math.floor(data.length / intSize) }, (_, i) => Buffer.from(data).readInt32LE(i * intSize))
