/**
 * What a receive buffer cuts off, foretold and by the kernel: every size of buffer, on real sockets.
 */
import { closeSync, openSync } from 'node:fs'
import { expect, it } from 'vitest'
import {
  close, constants, credentials, decodeControl, encodeControl, hostAbi, recvmsg, rights, sendmsg, setsockopt, socketpair,
} from '../../src/libc.ts'
import { receiveInto } from '../../docs/page/truncation.ts'

const { AF_UNIX, SOCK_DGRAM, SOL_SOCKET, SO_PASSCRED, SO_TIMESTAMP_OLD, SCM_RIGHTS, MSG_CTRUNC, MSG_CMSG_CLOEXEC } = constants

it('truncates a timestamp, credentials and descriptors as the kernel does', () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
  const file = openSync('/dev/null', 'r')
  try {
    setsockopt(b, SOL_SOCKET, SO_PASSCRED, 1)
    setsockopt(b, SOL_SOCKET, SO_TIMESTAMP_OLD, 1)
    const control = encodeControl([rights([file, file, file])])
    const receive = (room: number): ReturnType<typeof recvmsg> => {
      sendmsg(a, { buffers: [Buffer.from('x')], control })
      return recvmsg(b, { size: 1, controlSize: room }, MSG_CMSG_CLOEXEC)
    }
    // In the order of the kernel, which are its affair.
    const whole = decodeControl(receive(1000).control)
    expect(whole.map(({ kind }) => kind)).toEqual(['timestamp', 'credentials', 'rights'])
    const pending = whole.map(({ level, type, data }) => ({ level, type, payload: data }))
    const lengths = (control: Uint8Array): number[][] => decodeControl(control).map(({ level, type, data }) => [level, type, data.length])
    const closeAll = (control: Uint8Array): void => {
      for (const { level, type, data } of decodeControl(control, { definitions: [credentials] })) {
        if (level === SOL_SOCKET && type === SCM_RIGHTS) for (const fd of rights.decode(data, hostAbi())) close(fd)
      }
    }
    for (const message of whole) if (message.kind === 'rights') for (const fd of message.value) close(fd)
    const all =
      encodeControl(pending.map(({ level, type, payload }) => ({ kind: '', level, type, value: payload, payload: () => payload }))).length
    for (let room = 0; room <= all + 8; room++) {
      const { control, flags } = receive(room)
      closeAll(control)
      const foretold = receiveInto(pending, room, hostAbi())
      expect({ room, length: foretold.control.length, messages: lengths(foretold.control), truncated: foretold.truncated })
        .toEqual({ room, length: control.length, messages: lengths(control), truncated: (flags & MSG_CTRUNC) !== 0 })
    }
  } finally {
    closeSync(file)
    close(a)
    close(b)
  }
})
