/**
 * Forgets sockets. Started by forgotten.test.ts with --expose-gc; prints as JSON how many of them are open after the
 * garbage was collected, and the warnings.
 *
 *   forgotten.program PATH
 */
import { existsSync, readlinkSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { MessageSocket } from '../../src/index.ts'

/** What a descriptor refers to. */
const reference = (fd: number): string | undefined => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return undefined
  }
}

const warnings: { code: unknown; message: string }[] = []
process.on('warning', ({ name, message, ...rest }) => {
  if (name === 'CmsgWarning') warnings.push({ code: (rest as { code?: unknown }).code, message })
})

const path = process.argv[2]!
let received: Promise<unknown> | undefined
let peer: MessageSocket | undefined

/** The descriptors of sockets that nobody has afterwards, and what they refer to. */
function make(): [number, string | undefined][] {
  const forgotten = [MessageSocket.bind(path, { type: 'datagram', unlink: true }), ...MessageSocket.pair({ type: 'seqpacket' })].map(
    ({ fd }): [number, string | undefined] => [fd, reference(fd)],
  )
  // Closed, and detached: nothing to warn of.
  const [a, b] = MessageSocket.pair({ type: 'stream' })
  void a.close()
  b.detach().fd.close()
  // Something waits for a message: it is not forgotten, though nobody has it.
  const [x, y] = MessageSocket.pair({ type: 'datagram' })
  peer = x
  received = y.receive().then((message) => String(message?.data))
  return forgotten
}
const forgotten = make()
const gc = (globalThis as { gc?: () => void }).gc!
const deadline = Date.now() + 10_000
while (warnings.length < 3 && Date.now() < deadline) {
  gc()
  await turn()
}
const left = forgotten.filter(([fd, was]) => reference(fd) === was).length
await peer!.send('still here')
console.log(JSON.stringify({ left, file: existsSync(path), received: await received, warnings }))
void peer!.close()
