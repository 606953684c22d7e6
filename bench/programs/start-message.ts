/**
 * A program that exchanges its first message, and ends.
 */
import { MessageSocket } from 'cmsg'

const [a, b] = MessageSocket.pair({ type: 'datagram' })
const pending = b.receive()
await a.send('x')
await pending
await Promise.all([a.close(), b.close()])
