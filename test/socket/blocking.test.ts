/**
 * receiveSync waits for the events of its channel. The peer is another process, since nothing else runs in this one meanwhile.
 */
import { describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { MessageSocket, recvErr } from '../../src/index.ts'
import { withPeer } from '../support/peers.ts'
import { start } from '../support/processes.ts'
import { path, text } from './helpers.ts'

const { MSG_OOB, MSG_ERRQUEUE } = constants

withPeer('python3', 'receiveSync, waiting', () => {
  describe.each(['TCP', 'a Unix stream'])('for urgent data on %s', (kind) => {
    /** A connection from a peer that connects, waits, and then does this. */
    async function accepted(action: string): Promise<MessageSocket> {
      const to = kind === 'TCP' ? { address: '127.0.0.1', port: 0 } : path()
      await using listener = MessageSocket.bind(to, { type: 'stream' })
      const address = listener.address as { path: string; port: number }
      const where = kind === 'TCP' ? `AF_INET, ('127.0.0.1', ${address.port})` : `AF_UNIX, '${address.path}'`
      start(['python3', '-c', `
import socket, time
def connected(family, name):
  s = socket.socket(family); s.connect(name); return s
s = connected(socket.${where})
time.sleep(.3)
${action}
time.sleep(30)`])
      return await listener.accept()
    }

    it('it returns when the byte arrives', async () => {
      await using socket = await accepted('s.send(b"!", socket.MSG_OOB)')
      const started = performance.now()
      expect(text(socket.receiveSync({ flags: MSG_OOB, timeout: 5000 }))).toBe('!')
      expect(performance.now() - started).toBeLessThan(4000)
    })

    it('it returns the byte, and then the end, if the peer closes at once', async () => {
      await using socket = await accepted('s.send(b"!", socket.MSG_OOB); s.close()')
      expect(text(socket.receiveSync({ flags: MSG_OOB, timeout: 5000 }))).toBe('!')
      expect(socket.receiveSync({ flags: MSG_OOB, timeout: 5000 })).toBeUndefined()
    })

    it('it returns at the end of the connection', async () => {
      await using socket = await accepted('s.close()')
      const started = performance.now()
      expect(socket.receiveSync({ flags: MSG_OOB, timeout: 5000 })).toBeUndefined()
      expect(performance.now() - started).toBeLessThan(4000)
    })
  })
})

it('receiveSync returns a report of the error queue', async () => {
  await using socket = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram', receive: [recvErr] })
  socket.sendNow('nobody is there', { to: { address: '127.0.0.1', port: 1 } })
  expect(socket.receiveSync({ flags: MSG_ERRQUEUE, timeout: 5000 })?.get(recvErr)).toMatchObject({ errno: 111 })
})
