/**
 * States credentials: those in the arguments, `PID:UID:GID`, of which an empty one is its own. Prints `sent`, or how it was
 * refused, for each. Started by refusals.test.ts under one user or another.
 */
import { MessageSocket, credentials } from '../../src/index.ts'

const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [credentials] })
for (const argument of process.argv.slice(2)) {
  const [pid, uid, gid] =
    argument.split(':').map((id, i) => (id === '' ? [process.pid, process.getuid!(), process.getgid!()][i]! : Number(id)))
  try {
    await a.send('x', { control: [credentials({ pid: pid!, uid: uid!, gid: gid! })] })
    using message = await b.receive()
    const who = message?.get(credentials)
    console.log(who?.pid === pid && who?.uid === uid && who?.gid === gid ? 'sent' : JSON.stringify(who))
  } catch (error) {
    console.log((error as Error).message)
  }
}
await a.close()
await b.close()
