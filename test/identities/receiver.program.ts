/**
 * Receives a message at an abstract name, in other namespaces than its sender's, prints who it is said to be from, and
 * waits for the sender's end if it has its pidfd. Started by namespaces.test.ts.
 *
 *   receiver.program.ts NAME credentials|pidfd...
 */
import { MessageSocket, Pidfd, credentials, pidfd, type SystemError } from '../../src/index.ts'

const [, , name, ...kinds] = process.argv
const receive = [credentials, pidfd].filter(({ kind }) => kinds.includes(kind))
const socket = MessageSocket.bind({ abstract: name! }, { type: 'seqpacket', receive: receive as [typeof credentials, typeof pidfd] })
console.log('ready')
const connection = await socket.accept()
const message = (await connection.receive())!
const handle = message.get(pidfd)
const peer = connection.peerPidfd()

const said = (process: Pidfd) => {
  let signal: string | undefined
  try {
    process.signal(0)
  } catch (error) {
    signal = (error as SystemError).code
  }
  return { pid: process.pid, alive: process.alive, info: process.info()?.comm ?? null, ...(signal === undefined ? {} : { signal }) }
}
console.log(JSON.stringify({
  data: String(message.data),
  credentials: message.get(credentials) ?? null,
  peerCredentials: connection.peerCredentials() ?? null,
  handle: handle instanceof Pidfd ? said(handle) : null,
  peer: peer === undefined ? null : said(peer),
}))
if (handle instanceof Pidfd) {
  await handle.exited()
  console.log(JSON.stringify(said(handle)))
}
message[Symbol.dispose]()
peer?.close()
for (const open of [connection, socket]) await open.close()
