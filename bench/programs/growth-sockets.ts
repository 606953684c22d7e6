/**
 * Time a message while ever more sockets are awaited: a message to one after the other, each waited for; and a message to
 * each of them at once.
 */
import { MessageSocket, credentials } from 'cmsg'
import { close, constants, sendmsg, socketpair } from 'cmsg/libc'
import { cpuTime, printPoint } from './growth-point.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_CLOEXEC } = constants
const messages = 10_000
const packet = { buffers: [Buffer.alloc(36)] }

/** A socket that counts what it receives, and who sends to it. */
interface Line {
  readonly sender: number
  readonly socket: MessageSocket<typeof credentials>
}

let missing = 0
let allHere: () => void = () => {}

async function count(socket: MessageSocket<typeof credentials>): Promise<void> {
  for await (const message of socket) {
    if (message.get(credentials)?.pid !== process.pid) throw new Error('a message from another process')
    if (--missing === 0) allHere()
  }
}

/** Send to some, and wait until all of it has come. */
function exchange(lines: readonly Line[]): Promise<void> {
  missing = lines.length
  const here = new Promise<void>((resolve) => { allHere = resolve })
  for (const { sender } of lines) sendmsg(sender, packet)
  return here
}

async function measure(sockets: number, print: (series: string, ns: number) => void): Promise<void> {
  const lines = Array.from({ length: sockets }, (): Line => {
    const [sender, receiver] = socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC)
    return { sender, socket: MessageSocket.adopt(receiver, { receive: [credentials], readAhead: 256 }) }
  })
  const counting = lines.map(({ socket }) => count(socket))
  const oneByOne = async (n: number): Promise<void> => { for (let i = 0; i < n; i++) await exchange([lines[i % sockets]!]) }
  const allAtOnce = async (n: number): Promise<void> => { for (let i = 0; i < n; i += sockets) await exchange(lines) }
  for (const [series, run] of [['one after the other', oneByOne], ['all at once', allAtOnce]] as const) {
    await run(messages / 2)
    const start = cpuTime()
    await run(messages)
    print(series, (cpuTime() - start) / messages)
  }
  for (const { sender, socket } of lines) {
    await socket.close()
    close(sender)
  }
  await Promise.all(counting)
}

await measure(10, () => { /* for the compiler */ })
for (const sockets of [1, 10, 100, 1000]) await measure(sockets, (series, ns) => printPoint(series, sockets, ns))
