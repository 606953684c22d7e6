/**
 * Passes a file whose every close blocks to itself, three times, and disposes of the message. Started by silent_fuse.py;
 * prints how long the event loop was away at most, in ms, and how many threads are at it.
 *
 * Over dist/, and without a child process: Node has a child close what it is not to inherit, and it would wait for ever.
 */
import { readdirSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { MessageSocket, rights } from '../../dist/index.js'

const threads = () => readdirSync('/proc/self/task').length

const fd = Number(process.env.FUSE_FD)
const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: [rights] })
await a.send('x', { control: [rights([fd, fd, fd])] })
const message = await b.receive()
await after(50)
const before = threads()
let last = performance.now()
let longest = 0
setInterval(() => {
  longest = Math.max(longest, performance.now() - last)
  last = performance.now()
}, 5)
message[Symbol.dispose]()
await after(300)
console.log(`pause ${Math.round(longest)} ${threads() - before}`)
