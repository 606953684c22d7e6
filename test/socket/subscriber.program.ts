/**
 * Run by traffic.test.ts: subscribers that throw. Prints the exceptions and the messages, sorted.
 * @module
 */
import { subscribe } from 'node:diagnostics_channel'
import { MessageSocket } from '../../src/index.ts'

const lines: string[] = []
process.on('uncaughtException', ({ message }) => { lines.push(`uncaught: ${message}`) })
for (const name of ['sent', 'received']) subscribe(`cmsg:${name}`, () => { throw new Error(name) })

const [a, b] = MessageSocket.pair({ type: 'datagram' })
const texts: string[] = []
for (const text of ['one', 'two']) {
  await a.send(text)
  texts.push(String((await b.receive())!.data))
}
lines.push(texts.join(' '))
await a.close()
await b.close()
setImmediate(() => { for (const line of lines.sort()) console.log(line) })
