/**
 * Run by stack.test.ts: prints the stack trace of a send that waited, and failed in a callback of the event loop.
 * @module
 */
import { MessageSocket, constants } from '../../src/index.ts'

const [a, b] = MessageSocket.pair({ type: 'datagram' })
a.setOption(constants.SOL_SOCKET, constants.SO_SNDBUF, 4096)
while (a.sendNow('x'.repeat(500)) !== undefined);
const waiting = a.send('waits').catch((error: Error) => { console.log(error.stack!.replaceAll('\\', '/')) })
await b.close()
await waiting
await a.close()
