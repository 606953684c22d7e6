/**
 * Python's send_fds and recv_fds, both ways.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MessageSocket, credentials, rights } from '../../src/index.ts'
import { withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'
import { TestFile } from '../descriptors/file.ts'

withPeer('python3', 'python', () => {
  describe.each(['datagram', 'seqpacket', 'stream'] as const)('over %s', (type) => {
    const python = (text: string, ...args: string[]) => start(['python3', '-B', '-c', `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.${{ datagram: 'SOCK_DGRAM', seqpacket: 'SOCK_SEQPACKET', stream: 'SOCK_STREAM' }[type]})
${text}`, ...args])

    it('sends descriptors by send_fds, which we receive with their sender', async () => {
      const path = join(tempDir(), 's')
      using file = new TestFile('from python')
      await using server = MessageSocket.bind(path, { type, receive: [credentials, rights] })
      const sender = python(
        's.connect(sys.argv[1]); print(socket.send_fds(s, [b"take ", b"these"], [os.open(sys.argv[2], os.O_RDONLY), 0, s.fileno()]))', path,
        file.path,
      )
      const socket = type === 'datagram' ? server : await server.accept()
      using message = await socket.receive()
      expect(await sender.output()).toEqual(['10'])
      expect([String(message?.data), message?.get(credentials)?.pid, message?.controlTruncated]).toEqual(['take these', sender.pid, false])
      const fds = message!.get(rights)!
      expect(fds).toHaveLength(3)
      expect(readFileSync(fds[0]!.fd, 'utf8')).toBe('from python')
      await socket.close()
    })

    it('receives our descriptors by recv_fds', async () => {
      const path = join(tempDir(), 's')
      using file = new TestFile('from us')
      const receiver = python(`
s.bind(sys.argv[1])
if s.type != socket.SOCK_DGRAM: s.listen()
print('ready', flush=True)
if s.type != socket.SOCK_DGRAM: s = s.accept()[0]
data, fds, flags, address = socket.recv_fds(s, 100, 9)
print(data, len(fds), flags & (socket.MSG_CTRUNC | socket.MSG_TRUNC), os.read(fds[0], 100), os.fstat(fds[1]).st_ino)`, path)
      await receiver.line('ready')
      await using client = await MessageSocket.connect(path, { type })
      await client.send('take these', { control: [rights([file.fd, client])] })
      const socketInode = /\d+/.exec(readFileSync(`/proc/self/fdinfo/${client.fd}`, 'utf8').split('ino:')[1]!)![0]
      expect((await receiver.output()).at(-1)).toBe(`b'take these' 2 0 b'from us' ${socketInode}`)
    })
  })
})
