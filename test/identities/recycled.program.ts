/**
 * Makes the kernel give the number of a sender that has ended to another process, and prints what the sender's handle says
 * of it then, and what the number alone would have said. In a pid namespace of its own: started by recycled.test.ts.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { MessageSocket, credentials, peerCredentials, pidfd, type Pidfd, type SystemError } from '../../src/index.ts'

await using socket = MessageSocket.bind({ abstract: process.argv[2]! }, { type: 'seqpacket', receive: [credentials, pidfd] })
const sender = spawn('python3', ['-B', 'test/identities/sender.py', process.argv[2]!, '--type', 'seqpacket'], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
await using connection = await socket.accept()
using message = (await connection.receive())!
const { pid } = message.get(credentials)!
const handle = message.get(pidfd) as Pidfd
using peer = connection.peerPidfd()!
const before = handle.info()!

sender.kill('SIGKILL')
await handle.exited()
await once(sender, 'close')

// ns_last_pid is the number given last in this namespace. Node's own threads take some, too: so try until it fits.
let other = spawn('true')
for (let tries = 0; other.pid !== pid && tries < 1000; tries++) {
  other.kill()
  writeFileSync('/proc/sys/kernel/ns_last_pid', `${pid - 1}`)
  other = spawn('sleep', ['1000'])
}
const said = (process: Pidfd) => {
  let signal: string | undefined
  try {
    process.signal('SIGTERM')
  } catch (error) {
    signal = (error as SystemError).code
  }
  return { pid: process.pid, alive: process.alive, info: process.info() ?? null, signal }
}
console.log(JSON.stringify({
  was: { pid: before.pid, comm: before.comm, sender: sender.pid },
  recycled: other.pid === pid,
  handle: said(handle),
  peer: said(peer),
  // What those who go by the number find: somebody, who is alive, and has nothing to do with it.
  number: {
    credentials: peerCredentials(connection)!.pid === pid,
    alive: process.kill(pid, 0),
    comm: readFileSync(`/proc/${pid}/comm`, 'latin1').trimEnd(),
  },
  otherSurvived: other.exitCode === null && other.signalCode === null,
}))
other.kill()
