/**
 * Sends `hello` to an abstract name over a socket of a type, prints its pid and groups, and lives on until it is told to
 * end. For senders that run as somebody else: python3 may be in somebody's home.
 */
import { MessageSocket, type SocketType } from '../../src/index.ts'

const [, , name, type] = process.argv
const socket = await MessageSocket.connect({ abstract: name! }, { type: type as SocketType })
await socket.send('hello')
console.log(JSON.stringify({ pid: process.pid, groups: process.getgroups!().sort((a, b) => a - b) }))
setInterval(() => {}, 1e6)
