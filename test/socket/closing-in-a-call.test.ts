/**
 * A subscriber of a diagnostics channel closes or detaches the socket inside the call that has just received a message.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, describe, expect, it } from 'vitest'
import { MessageSocket, rights, type SocketType } from '../../src/index.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'
import { outcome, text } from './helpers.ts'

let act: (() => void) | undefined
const listener = (): void => {
  const now = act
  act = undefined
  now?.()
}
subscribe('cmsg:received', listener)
afterEach(() => { act = undefined })

const calls: Record<string, (socket: MessageSocket<typeof rights>) => unknown> = {
  receive: (socket) => socket.receive(),
  receiveNow: (socket) => socket.receiveNow(),
  receiveMany: (socket) => socket.receiveMany(),
  receiveSync: (socket) => socket.receiveSync({ timeout: 1000 }),
}

describe.each(['datagram', 'seqpacket', 'stream'] as SocketType[])('on a %s socket', (type) => {
  describe.each(Object.entries(calls))('%s, which finds a message at once,', (name, call) => {
    it.each(['close', 'detach'] as const)('rejects if a subscriber calls %s, and no message is lost', async (how) => {
      const [a, b] = MessageSocket.pair({ type, receive: [rights], readAhead: 0 })
      if (name === 'receive' || name === 'receiveMany') {
        // Reading goes on at once after a first message.
        await a.send('first')
        expect(text(await b.receive())).toBe('first')
      }
      const before = openDescriptors()
      for (const data of ['one', 'two']) await a.send(data, { control: [rights([0])] })
      let detached: ReturnType<typeof b.detach> | undefined
      act = () => {
        if (how === 'close') void b.close()
        else detached = b.detach()
      }
      expect(await outcome((async () => call(b))())).toBe('ERR_CMSG_CLOSED')
      if (detached !== undefined) {
        expect(text(detached.messages[0])).toBe('one')
        for (const message of detached.messages) message[Symbol.dispose]()
        detached.fd.close()
      }
      await a.close()
      await new Promise(setImmediate)
      expect(newDescriptors(before).filter((line) => !line.includes('anon_inode') && !line.includes('socket'))).toEqual([])
    })
  })
})

it('the subscription ends', () => {
  expect(unsubscribe('cmsg:received', listener)).toBe(true)
})
