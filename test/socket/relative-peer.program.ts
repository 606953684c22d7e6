/**
 * Run by next-connection.test.ts: names the peer of a seqpacket connection by a relative pathname, in two directories that each have
 * a server of that name. Prints the outcomes.
 * @module
 */
import { MessageSocket } from '../../src/index.ts'

const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then((value) => value, (error: NodeJS.ErrnoException) => error.code)
const text = (message: { readonly data: Buffer } | undefined): string => String(message?.data)

const [one, two] = process.argv.slice(2) as [string, string]
process.chdir(two)
const stranger = MessageSocket.bind('srv', { type: 'seqpacket' })
process.chdir(one)
const server = MessageSocket.bind('srv', { type: 'seqpacket' })
const client = await MessageSocket.connect(`${one}/srv`, { type: 'seqpacket' })
const accepted = await server.accept()
const absolute = await outcome(client.send('1', { to: `${one}/srv` }))
const relative = await outcome(client.send('2', { to: 'srv' }))
process.chdir(two)
const elsewhere = await outcome(client.send('secret', { to: 'srv' }))
const received = [text(await accepted.receive()), text(await accepted.receive())]
console.log(JSON.stringify({ absolute, relative, elsewhere, received }))
await Promise.all([stranger, server, client, accepted].map((each) => each.close()))
