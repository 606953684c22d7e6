/**
 * Something waits for as long as a test file runs. Loaded around every file whose tests run once per readiness strategy.
 *
 * When nothing waits any more, the strategy ends after a moment, and its descriptors (an epoll, the Worker's pipes) with
 * it. The next wait opens them again. A test that compares descriptors would take those for a leak.
 * @module
 */
import { afterAll, beforeAll } from 'vitest'
import { MessageSocket } from 'cmsg'

let pair: [MessageSocket, MessageSocket]
let pending: Promise<unknown>

beforeAll(async () => {
  pair = MessageSocket.pair({ type: 'datagram' })
  await pair[1].send('the first wait is over when this is received')
  await pair[0].receive()
  pending = pair[0].receive().catch(() => undefined)
})

afterAll(async () => {
  for (const socket of pair) await socket.close()
  await pending
})
