/**
 * The programs of blocked.test.ts.
 *
 *   blocked.program.ts receiver PATH TOTAL     receives so many messages; prints what came from whom
 *   blocked.program.ts sender PATH COUNT HOW   sends 0, 1, … to PATH: one by one, all at once, or by sendMany
 */
import { credentials, MessageSocket } from 'cmsg'

const [role, path, number, how] = process.argv.slice(2) as [string, string, string, string]
const count = Number(number)

if (role === 'receiver') {
  await using server = MessageSocket.bind(path, { type: 'datagram', receive: [credentials] })
  console.log('ready')
  /** The next number that each sender has to send. */
  const next: Record<number, number> = {}
  let left = count
  let wrong = 0
  for await (const message of server) {
    const { pid } = message.get(credentials)!
    const expected = next[pid] ?? 0
    if (message.data.toString() !== String(expected)) wrong++
    next[pid] = expected + 1
    if (--left === 0) break
  }
  console.log(JSON.stringify({ next, wrong }))
} else {
  await using socket = MessageSocket.open({ family: 'unix', type: 'datagram' })
  const message = (i: number): { data: string; to: string } => ({ data: String(i), to: path })
  const all = Array.from({ length: count }, (_, i) => message(i))
  const ways: Record<string, () => Promise<unknown>> = {
    'one by one': async () => { for (const { data, to } of all) await socket.send(data, { to }) },
    // As many as may wait for one destination.
    'all at once': async () => {
      for (let i = 0; i < count; i += 1000) await Promise.all(all.slice(i, i + 1000).map(({ data, to }) => socket.send(data, { to })))
    },
    'sendMany': () => socket.sendMany(all),
  }
  const sent = ways[how]!()
  console.log('sending')
  await sent
  console.log('sent')
}
