/**
 * What a socket costs once its peer has gone, or either side was shut down, for each kind of wait: one line for each case,
 * with the CPU time it took during a while in which nothing happens. Run by spinning.test.ts.
 *
 *   spinning.program.ts alone|among PATH    with no other socket watched, or with one
 */
import { MessageSocket, type SocketType } from 'cmsg'
import { constants, shutdown } from 'cmsg/libc'

/** ms. In it, a loop that spins takes all of a CPU, or what a busy machine leaves it. */
const WINDOW = 30
/** Of a CPU: more than this may be chance, a collection of garbage for instance, and is measured again. A loop goes on. */
const SUSPICIOUS = 0.05

const { SHUT_RD, SHUT_WR, SHUT_RDWR } = constants

interface Two {
  readonly socket: MessageSocket
  readonly peer: MessageSocket
}

const pair = (type: SocketType) => async (): Promise<Two> => {
  const [socket, peer] = MessageSocket.pair({ type })
  return { socket, peer }
}

/** Connected with each other through a listener. */
const connection = (address: { path: string } | { address: string; port: number }, type: SocketType) => async (): Promise<Two> => {
  await using listener = MessageSocket.bind(address, { type, unlink: true })
  const accepting = listener.accept()
  const socket = await MessageSocket.connect(listener.address, { type })
  return { socket, peer: await accepting }
}

/** The peer is bound, and the socket is connected to it. */
const connected = (address: { path: string } | { address: string; port: number }) => async (): Promise<Two> => {
  const peer = MessageSocket.bind(address, { type: 'datagram', unlink: true })
  return { peer, socket: await MessageSocket.connect(peer.address, { type: 'datagram' }) }
}

const path = process.argv[3]!
const localhost = { address: '127.0.0.1', port: 0 }

const sockets: Record<string, () => Promise<Two>> = {
  'unix datagram pair': pair('datagram'),
  'unix datagram': connected({ path }),
  'unix seqpacket pair': pair('seqpacket'),
  'unix seqpacket': connection({ path }, 'seqpacket'),
  'unix stream pair': pair('stream'),
  'unix stream': connection({ path }, 'stream'),
  udp: connected(localhost),
  tcp: connection(localhost, 'stream'),
}

const events: Record<string, (two: Two) => void> = {
  'the peer closes': ({ peer }) => void peer.close(),
  'the peer shuts down sending': ({ peer }) => { trying(() => shutdown(peer.fd, SHUT_WR)) },
  'the peer shuts down': ({ peer }) => { trying(() => shutdown(peer.fd, SHUT_RDWR)) },
  'it shuts down receiving': ({ socket }) => { trying(() => shutdown(socket.fd, SHUT_RD)) },
  'it shuts down': ({ socket }) => { trying(() => shutdown(socket.fd, SHUT_RDWR)) },
}

/** An unconnected UDP socket says ENOTCONN, and is shut down all the same. */
function trying(action: () => void): void {
  try { action() } catch {}
}

const outcome = (promise: Promise<unknown>): Promise<string> =>
  promise.then((value) => String(value), (error: unknown) => (error as { code?: string }).code ?? String(error))

/** How the socket is waited on: begun before the event, and what it came to. */
const waits: Record<string, (two: Two) => Promise<() => Promise<string>>> = {
  'a receive': async ({ socket }) => {
    const result = outcome(socket.receive())
    return () => result
  },
  'an iteration': async ({ socket }) => {
    const result = outcome((async () => { for await (const _ of socket); })())
    return () => result
  },
  'nothing, after a message': async ({ socket, peer }) => {
    const message = socket.receive()
    if (peer.remoteAddress !== undefined) await peer.send('x')
    else await peer.send('x', { to: await bound(socket) })
    await message
    return () => Promise.resolve('nothing')
  },
  'a send': async ({ socket }) => {
    // A UDP socket always has room.
    const data = Buffer.alloc(1000)
    let left = 10_000
    while (left > 0 && socket.sendNow(data) !== undefined) left--
    const result = left === 0 ? Promise.resolve('never waited') : outcome(socket.send(data))
    return () => result
  },
  'nothing, ever': async () => () => Promise.resolve('nothing'),
}

async function bound(socket: MessageSocket): Promise<MessageSocket['address']> {
  if ('unnamed' in socket.address) socket.bind({ unnamed: true })
  return socket.address
}

const cpu = (): number => process.cpuUsage().user + process.cpuUsage().system
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** How much of a CPU it takes while nothing happens. */
async function quiet(): Promise<number> {
  await pause(5) // what just happened is dealt with
  let share = Infinity
  for (let tries = 0; tries < 10 && share > SUSPICIOUS; tries++) {
    const before = cpu()
    await pause(WINDOW)
    share = Math.min(share, (cpu() - before) / 1000 / WINDOW)
  }
  return share
}

const report = (what: string, share: number, result: string): void => {
  console.log(JSON.stringify({ what, share, result }))
}

/** What it came to; where it need not come to anything, that it has not. */
const now = (result: Promise<string>, ends: boolean): Promise<string> =>
  (ends ? result : Promise.race([result, pause(1).then(() => 'still waits')]))

/** Whether a wait is over with the event, however long a busy machine takes to tell. */
function endsWith(kind: string, event: string, wait: string): boolean {
  const receiving = wait === 'a receive' || wait === 'an iteration'
  const isConnection = !/datagram|udp/.test(kind)
  if (event === 'it shuts down') return receiving
  if (receiving) return isConnection && event.startsWith('the peer')
  return wait === 'a send' && event === 'the peer closes'
}

const other = process.argv[2] === 'among' ? MessageSocket.pair({ type: 'datagram' }) : []
const awaited = other[0] === undefined ? undefined : outcome(other[0].receive())

await quiet() // the first use of everything
for (const [kind, make] of Object.entries(sockets)) {
  for (const [event, happen] of Object.entries(events)) {
    for (const [wait, begin] of Object.entries(waits)) {
      const two = await make()
      const result = await begin(two)
      happen(two)
      const came = now(result(), endsWith(kind, event, wait))
      await came
      report(`${kind}: ${event}, awaiting ${wait}`, await quiet(), await came)
      await two.socket.close()
      await two.peer.close()
    }
  }
}

for (const [kind, address] of Object.entries({ 'unix listener': { path }, 'tcp listener': localhost })) {
  for (const waiting of [true, false]) {
    const listener = MessageSocket.bind(address, { type: 'stream', unlink: true })
    const result = waiting ? outcome(listener.accept()) : Promise.resolve('nothing')
    trying(() => shutdown(listener.fd, SHUT_RDWR))
    report(`${kind}: it shuts down, awaiting ${waiting ? 'a connection' : 'nothing, ever'}`, await quiet(), await now(result, false))
    await listener.close()
  }
  // Two connections, and only one of them is accepted.
  for (const gone of [true, false]) {
    const listener = MessageSocket.bind(address, { type: 'stream', unlink: true })
    const accepting = listener.accept()
    const clients = [
      await MessageSocket.connect(listener.address, { type: 'stream' }), await MessageSocket.connect(listener.address, { type: 'stream' }),
    ]
    const accepted = await accepting
    if (gone) for (const client of clients) await client.close()
    report(`${kind}: a connection that nobody accepts${gone ? ', and is gone' : ''}`, await quiet(), 'nothing')
    for (const socket of [listener, accepted, ...clients]) await socket.close()
  }
}

for (const socket of other) await socket.close()
await awaited
