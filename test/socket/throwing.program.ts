/**
 * Listeners of a stream that throw.
 * @module
 */
import { EventEmitter, once } from 'node:events'
import { MessageSocket, rights } from '../../src/index.ts'

const uncaught = new EventEmitter()
process.on('uncaughtException', (error) => {
  console.log(`uncaught: ${error.message}`)
  uncaught.emit(error.message)
})
const [a, b] = MessageSocket.pair({ type: 'stream', receive: [rights] }).map((socket) => socket.toDuplex())
b!.once('fds', () => { throw new Error('of fds') })
b!.once('data', () => {
  b!.on('data', (data) => { console.log('data', String(data)) })
  throw new Error('of data')
})
a!.writeWithFds('one', [0])
await once(uncaught, 'of data')
await new Promise<void>((resolve) => {
  a!.write('two', () => {
    setImmediate(resolve)
    throw new Error('of a write')
  })
})
a!.end()
await once(b!, 'end')
console.log('end')
a!.destroy()
b!.destroy()
