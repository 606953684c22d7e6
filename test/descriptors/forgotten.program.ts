/**
 * Receives descriptors and forgets them: no message is disposed of, nothing is taken. Started by forgotten.test.ts with
 * --expose-gc; prints as JSON how many are open before and after the garbage was collected, and what it was warned of.
 */
import { readdirSync, readlinkSync } from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { MessageSocket, pidfd, rights, type OwnedFd } from '../../src/index.ts'

const open = (): number => readdirSync('/proc/self/fd').filter((fd) => {
  try {
    return /^\/etc\/passwd$|pidfd/.test(readlinkSync(`/proc/self/fd/${fd}`))
  } catch {
    return false
  }
}).length

const warnings: { name: string; code: unknown; message: string }[] = []
process.on('warning', ({ name, message, ...rest }) => warnings.push({ name, code: (rest as { code?: unknown }).code, message }))

const file = await openFile('/etc/passwd')
const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights, pidfd] })
const kept: OwnedFd[] = []

async function receiveAndForget(): Promise<void> {
  for (let i = 0; i < 10; i++) a.sendNow('x', { control: [rights([file, file])] })
  // Five are forgotten, one of whose descriptors somebody still has; five are dealt with.
  for (let i = 0; i < 4; i++) (await b.receive())!.get(rights)
  kept.push((await b.receive())!.get(rights)![0]!)
  for (let i = 0; i < 5; i++) (await b.receive())![Symbol.dispose]()
}
await receiveAndForget()
const before = open()

const gc = (globalThis as { gc?: () => void }).gc!
const deadline = Date.now() + 10_000
while (open() > 2 && Date.now() < deadline) {
  gc()
  await turn()
}
// The file itself, and the one whose owner is still there.
console.log(JSON.stringify({ before, after: open(), kept: kept.map(({ owned }) => owned), warnings }))
