/**
 * Forgets sockets. Started by forgotten.test.ts with --expose-gc; prints as JSON how many sockets are open before and after
 * the garbage was collected, and the warnings.
 *
 *   forgotten.program PATH
 */
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { MessageSocket } from '../../src/index.ts'

const sockets = (): number => readdirSync('/proc/self/fd').filter((fd) => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
  } catch {
    return false
  }
}).length

const warnings: { code: unknown; message: string }[] = []
process.on('warning', ({ name, message, ...rest }) => {
  if (name === 'CmsgWarning') warnings.push({ code: (rest as { code?: unknown }).code, message })
})

const path = process.argv[2]!
const before = sockets()
let received: Promise<unknown> | undefined
let peer: MessageSocket | undefined

function make(): void {
  MessageSocket.bind(path, { type: 'datagram', unlink: true })
  MessageSocket.pair({ type: 'seqpacket' })
  // Closed, and detached: nothing to warn of.
  const [a, b] = MessageSocket.pair({ type: 'stream' })
  void a.close()
  b.detach().fd.close()
  // Something waits for a message: it is not forgotten, though nobody has it.
  const [x, y] = MessageSocket.pair({ type: 'datagram' })
  peer = x
  received = y.receive().then((message) => String(message?.data))
}
make()
// What was detached is closed soon, by another thread.
await new Promise((resolve) => { setTimeout(resolve, 200) })
const made = sockets() - before
const gc = (globalThis as { gc?: () => void }).gc!
const deadline = Date.now() + 10_000
while (warnings.length < 3 && Date.now() < deadline) {
  gc()
  await turn()
}
const left = sockets() - before
await peer!.send('still here')
console.log(JSON.stringify({ made, left, file: existsSync(path), received: await received, warnings }))
void peer!.close()
