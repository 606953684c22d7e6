/**
 * What the kernel was given and gave, as strace decodes it, is what our programs meant and said.
 * @module
 */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { idle, start, tempDir, typescript } from '../support/processes.ts'
import { ackLines, openServer, packetLines, startClient, we } from './conversation.ts'
import { clients, modes, servers } from './programs.ts'
import { strace, tracedCalls, type Traced } from './strace.ts'

/** The 36 bytes of a packet: struct { int index; char msg[32]; }. */
function packet(index: number): Buffer {
  const bytes = Buffer.alloc(36)
  bytes.writeInt32LE(index)
  bytes.write(`packet ${index}`, 4)
  return bytes
}

/** What is in the msghdr of a message from or to somebody, and of one without a name: the kernel goes by the length. */
const nameOf = ({ path }: { path: string }): { msg_name: Traced } => ({
  msg_name: { sa_family: 'AF_UNIX', sun_path: Buffer.from(path) },
})
const noName: { msg_namelen: string } = { msg_namelen: '0' }

/** SCM_CREDENTIALS as strace prints them: numbers are words. */
const scmCredentials = ({ pid, uid, gid }: { pid: number; uid: number; gid: number }): Traced => ({
  cmsg_len: '28', cmsg_level: 'SOL_SOCKET', cmsg_type: 'SCM_CREDENTIALS',
  cmsg_data: { pid: String(pid), uid: String(uid), gid: String(gid) },
})

const scmRights = (fds: readonly number[]): Traced => ({
  cmsg_len: String(16 + 4 * fds.length), cmsg_level: 'SOL_SOCKET', cmsg_type: 'SCM_RIGHTS', cmsg_data: fds.map(String),
})

/** The data of a msghdr, in however many pieces it is. */
const gathered = (header: Traced): Buffer =>
  Buffer.concat((header as { msg_iov: { iov_base: Buffer }[] }).msg_iov.map((piece) => piece.iov_base))

withPeer('strace', 'strace sees', () => {
  it.each(modes)('of our client, %s: a packet without control messages, and a name only where it needs one', async (_, flags) => {
    const output = join(tempDir(), 'trace')
    const server = await openServer(servers.ours, { count: 1 })
    const client = startClient(clients.ours, server, { count: 1, flags, under: strace(output) })
    expect(await client.process.output()).toEqual(ackLines(1))

    const calls = tracedCalls(output).filter(({ result }) => result !== '-1 EAGAIN')
    expect(calls).toMatchObject([
      {
        syscall: 'sendmsg',
        args: [
          expect.any(String),
          {
            ...(flags.includes('--connected') ? noName : nameOf(server)),
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

  withPeer('root', 'of our client with explicit credentials', () => {
    it('exactly these credentials, in a control buffer of exactly their size', async () => {
      await using bystander = idle()
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

  it.each(modes)('of our server, %s: the sender it prints, and an ACK with a name only where it needs one', async (_, flags) => {
    const output = join(tempDir(), 'trace')
    const server = await openServer(servers.ours, { count: 1, flags, under: strace(output) })
    const client = startClient(clients.ours, server, { count: 1 })
    expect(await client.process.output()).toEqual(ackLines(1))
    const sender = { pid: client.pid, ...we }
    expect(await server.process.output()).toEqual(['ready', ...packetLines(1, client, sender)])

    const calls = tracedCalls(output)
    // It was there before its client: if it does not block, its first attempt finds nothing.
    expect(calls[0]).toMatchObject({ syscall: 'recvmsg', result: flags.includes('--nonblocking') ? '-1 EAGAIN' : '36' })
    expect(calls.filter(({ result }) => result !== '-1 EAGAIN')).toMatchObject([
      {
        syscall: 'recvmsg',
        args: [
          expect.any(String),
          {
            ...nameOf(client),
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
          {
            ...(flags.includes('--connected') ? noName : nameOf(client)),
            msg_iov: [{ iov_base: Buffer.from('ACK'), iov_len: '3' }],
            msg_controllen: '0',
          },
          'MSG_DONTWAIT|MSG_NOSIGNAL',
        ],
        result: '3',
      },
    ])
  })

  it('of our batch server: every element of the vector with its sender', async () => {
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
        msg_hdr: { ...nameOf(client), msg_iov: [{ iov_base: packet(i) }], msg_control: [scmCredentials(sender)] },
        msg_len: '36',
      })),
    )
    expect(elements('sendmmsg')).toMatchObject(
      Array.from({ length: COUNT }, () => ({
        msg_hdr: { ...nameOf(client), msg_iov: [{ iov_base: Buffer.from('ACK') }] },
        msg_len: '3',
      })),
    )
  })

  it('the credentials and descriptors that were sent and received', async () => {
    const output = join(tempDir(), 'trace')
    const [line = ''] = await start([...strace(output), ...typescript('test/interop/roundtrip.ts')]).output()
    const { sent, received, data } = JSON.parse(line)
    expect(received.credentials).toEqual(sent.credentials)
    expect(received.rights).toHaveLength(sent.rights.length)
    expect(data).toBe('take these')

    const calls = tracedCalls(output)
    const [sending] = calls
    expect(gathered(sending!.args[1]!)).toEqual(Buffer.from('take these'))
    expect(sending!.thread).toBe(sent.credentials.pid)
    expect(calls).toMatchObject([
      {
        syscall: 'sendmsg',
        args: [
          String(sent.rights[0]),
          {
            ...noName,
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
