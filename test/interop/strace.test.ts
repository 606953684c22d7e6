/**
 * What the kernel was given and gave, as strace decodes it, is what our programs meant and said.
 * @module
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { start, tempDir, typescript } from '../support/processes.ts'
import { ackLines, openServer, packetLines, startClient, we } from './conversation.ts'
import { clients, servers } from './programs.ts'
import { strace, tracedCalls, type Traced } from './strace.ts'

/** The 36 bytes of a packet: struct { int index; char msg[32]; }. */
function packet(index: number): Buffer {
  const bytes = Buffer.alloc(36)
  bytes.writeInt32LE(index)
  bytes.write(`packet ${index}`, 4)
  return bytes
}

const unixAddress = (path: string): Traced => ({ sa_family: 'AF_UNIX', sun_path: Buffer.from(path) })

/** SCM_CREDENTIALS as strace prints them: numbers are words. */
const scmCredentials = ({ pid, uid, gid }: { pid: number; uid: number; gid: number }): Traced => ({
  cmsg_len: '28', cmsg_level: 'SOL_SOCKET', cmsg_type: 'SCM_CREDENTIALS',
  cmsg_data: { pid: String(pid), uid: String(uid), gid: String(gid) },
})

const scmRights = (fds: readonly number[]): Traced => ({
  cmsg_len: String(16 + 4 * fds.length), cmsg_level: 'SOL_SOCKET', cmsg_type: 'SCM_RIGHTS', cmsg_data: fds.map(String),
})

withPeer('strace', 'strace sees', () => {
  describe.each([
    { mode: 'unconnected', flags: [] },
    { mode: 'connected', flags: ['--connected'] },
  ])('of an $mode client', ({ flags }) => {
    const connected = flags.length > 0

    it('a packet with a name or none, without control messages', async () => {
      const output = join(tempDir(), 'trace')
      const server = await openServer(servers.ours, { count: 1 })
      const client = startClient(clients.ours, server, { count: 1, flags, under: strace(output) })
      expect(await client.process.output()).toEqual(ackLines(1))

      const calls = tracedCalls(output)
      expect(calls).toMatchObject([
        {
          syscall: 'sendmsg',
          args: [
            expect.any(String),
            {
              msg_name: connected ? 'NULL' : unixAddress(server.path),
              msg_iov: [{ iov_base: packet(0), iov_len: '36' }],
              msg_iovlen: '1',
              msg_controllen: '0',
            },
            'MSG_NOSIGNAL',
          ],
          result: '36',
        },
        {
          syscall: 'recvmsg',
          args: [expect.any(String), { msg_iov: [{ iov_base: Buffer.from('ACK') }], msg_controllen: '0' }, 'MSG_CMSG_CLOEXEC'],
          result: '3',
        },
      ])
      // The pid the server reports is that of the process strace saw sending.
      expect(await server.process.output()).toEqual(['ready', ...packetLines(1, client, { pid: calls[0]!.thread, ...we })])
    })
  })

  withPeer('root', 'of a client that states credentials', () => {
    it('exactly those, in a control buffer of exactly their size', async () => {
      await using bystander = start(['sleep', '1000'])
      const stated = { pid: bystander.pid, uid: 4294967294, gid: 54321 }
      const output = join(tempDir(), 'trace')
      const server = await openServer(servers.ours, { count: 1 })
      const client = startClient(clients.ours, server, {
        count: 1,
        flags: ['--credentials', `${stated.pid}:${stated.uid}:${stated.gid}`],
        under: strace(output),
      })
      expect(await client.process.output()).toEqual(ackLines(1))
      expect(tracedCalls(output)[0]).toMatchObject({
        syscall: 'sendmsg',
        args: [expect.any(String), { msg_control: [scmCredentials(stated)], msg_controllen: '32' }, 'MSG_NOSIGNAL'],
        result: '36',
      })
    })
  })

  it.each([
    { mode: 'an unconnected', flags: [] },
    { mode: 'a connected', flags: ['--connected'] },
  ])('of $mode server the sender it prints, and an ACK with a name or none', async ({ flags }) => {
    const connected = flags.length > 0
    const output = join(tempDir(), 'trace')
    const server = await openServer(servers.ours, { count: 1, flags, under: strace(output) })
    const client = startClient(clients.ours, server, { count: 1 })
    expect(await client.process.output()).toEqual(ackLines(1))
    const sender = { pid: client.pid, ...we }
    expect(await server.process.output()).toEqual(['ready', ...packetLines(1, client, sender)])

    expect(tracedCalls(output)).toMatchObject([
      {
        syscall: 'recvmsg',
        args: [
          expect.any(String),
          {
            msg_name: unixAddress(client.path),
            msg_iov: [{ iov_base: packet(0) }],
            msg_control: [scmCredentials(sender)],
            msg_flags: 'MSG_CMSG_CLOEXEC',
          },
          'MSG_CMSG_CLOEXEC',
        ],
        result: '36',
      },
      {
        syscall: 'sendmsg',
        args: [
          expect.any(String),
          { msg_name: connected ? 'NULL' : unixAddress(client.path), msg_iov: [{ iov_base: Buffer.from('ACK'), iov_len: '3' }] },
          'MSG_NOSIGNAL',
        ],
        result: '3',
      },
    ])
  })

  it('of a batch server every element of the vector with its sender', async () => {
    const COUNT = 5
    const output = join(tempDir(), 'trace')
    const server = await openServer(servers.oursInBatches, { count: COUNT, under: strace(output) })
    const client = startClient(clients.oursInBatches, server, { count: COUNT })
    expect(await client.process.output()).toEqual(ackLines(COUNT))
    const sender = { pid: client.pid, ...we }
    expect(await server.process.output()).toEqual(['ready', ...packetLines(COUNT, client, sender)])

    // How many arrive in one call is up to the scheduler; what is in them is not.
    const elements = (syscall: string): Traced[] =>
      tracedCalls(output).filter((call) => call.syscall === syscall).flatMap((call) => {
        expect(Number(call.result)).toBeGreaterThan(0)
        return (call.args[1] as Traced[]).slice(0, Number(call.result))
      })
    expect(elements('recvmmsg')).toMatchObject(
      Array.from({ length: COUNT }, (_, i) => ({
        msg_hdr: { msg_name: unixAddress(client.path), msg_iov: [{ iov_base: packet(i) }], msg_control: [scmCredentials(sender)] },
        msg_len: '36',
      })),
    )
    expect(elements('sendmmsg')).toMatchObject(
      Array.from({ length: COUNT }, () => ({
        msg_hdr: { msg_name: unixAddress(client.path), msg_iov: [{ iov_base: Buffer.from('ACK') }] },
        msg_len: '3',
      })),
    )
  })

  it('the credentials and descriptors that were meant, and those that were understood', async () => {
    const output = join(tempDir(), 'trace')
    const [line = ''] = await start([...strace(output), ...typescript('test/interop/roundtrip.ts')]).output()
    const { sent, received, data } = JSON.parse(line)
    expect(received.credentials).toEqual(sent.credentials)
    expect(received.rights).toHaveLength(sent.rights.length)
    expect(data).toBe('take these')

    const calls = tracedCalls(output)
    expect(calls[0]!.thread).toBe(sent.credentials.pid)
    expect(calls).toMatchObject([
      {
        syscall: 'sendmsg',
        args: [
          String(sent.rights[0]),
          {
            msg_name: 'NULL',
            msg_iov: [{ iov_base: Buffer.from('take ') }, { iov_base: Buffer.from('these') }],
            msg_control: [scmCredentials(sent.credentials), scmRights(sent.rights)],
            msg_controllen: '64', // CMSG_SPACE(12) + CMSG_SPACE(12)
          },
          'MSG_NOSIGNAL',
        ],
        result: '10',
      },
      {
        syscall: 'recvmsg',
        args: [
          String(sent.rights[2]),
          { msg_control: [scmCredentials(received.credentials), scmRights(received.rights)], msg_flags: 'MSG_CMSG_CLOEXEC' },
          'MSG_CMSG_CLOEXEC',
        ],
        result: '10',
      },
    ])
  })
})
