/**
 * Ends at once although a received socket lingers. Started by closing.test.ts.
 */
import { MessageSocket, rights } from '../../src/index.ts'
import { SilentServer } from './lingering.ts'

const server = await SilentServer.start()
const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
const fd = server.lingering()
await a.send('x', { control: [rights([fd])] })
server.forget(fd)
;(await b.receive())!.get(rights)![0]!.close()
setImmediate(() => {
  console.log('ending')
  process.exit()
})
