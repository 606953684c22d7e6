/**
 * strace sees what a MessageSocket does, and decodes it by itself: it agrees.
 */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { strace, tracedCalls, type Traced } from '../interop/strace.ts'
import { withPeer } from '../support/peers.ts'
import { start, tempDir, typescript } from '../support/processes.ts'

interface Printed {
  readonly me: { pid: number; uid: number; gid: number }
  readonly sent: number[]
  readonly received: { data: string; credentials: { pid: number; uid: number; gid: number }; fds: number[] }[]
}

const credentialsOf = ({ pid, uid, gid }: Printed['me']): Traced =>
  ({ cmsg_len: '28', cmsg_level: 'SOL_SOCKET', cmsg_type: 'SCM_CREDENTIALS', cmsg_data: { pid: `${pid}`, uid: `${uid}`, gid: `${gid}` } })
const rightsOf = (fds: readonly number[]): Traced =>
  ({ cmsg_len: `${16 + 4 * fds.length}`, cmsg_level: 'SOL_SOCKET', cmsg_type: 'SCM_RIGHTS', cmsg_data: fds.map(String) })

withPeer('strace', 'strace', () => {
  it('agrees on an exchange of messages', async () => {
    const directory = tempDir()
    const output = join(directory, 'trace')
    const [json] = await start([...strace(output), ...typescript('test/programs/exchange.program.ts'), join(directory, 's')]).output()
    const { me, sent, received } = JSON.parse(json!) as Printed
    expect(received.map(({ data, credentials, fds }) => [data, credentials, fds.length])).toEqual([['the data', me, 2], ['without', me, 0]])

    const calls = tracedCalls(output).filter(({ thread, result }) => thread === me.pid && !result.startsWith('-1'))
    // Received sockets are closed later, by way of a message of the library's own.
    expect(calls.slice(0, 4)).toMatchObject([
      {
        syscall: 'sendmsg',
        args: [
          expect.any(String),
          { msg_iov: [{ iov_base: Buffer.from('the data') }], msg_control: [credentialsOf(me), rightsOf(sent)], msg_controllen: '56' },
          'MSG_DONTWAIT|MSG_NOSIGNAL',
        ],
        result: '8',
      },
      {
        syscall: 'sendmsg',
        args: [expect.any(String), { msg_iov: [{ iov_base: Buffer.from('without') }], msg_controllen: '0' }, 'MSG_DONTWAIT|MSG_NOSIGNAL'],
        result: '7',
      },
      // One after the other: a socket that is shared reads nothing ahead.
      ...received.map(({ data, fds }) => ({
        syscall: 'recvmsg',
        args: [
          `${sent[1]}`,
          { msg_iov: [{ iov_base: Buffer.from(data) }], msg_control: [credentialsOf(me), ...(fds.length > 0 ? [rightsOf(fds)] : [])] },
          'MSG_TRUNC|MSG_DONTWAIT|MSG_CMSG_CLOEXEC',
        ],
        result: `${data.length}`,
      })),
    ])
  })
})
