/**
 * Terminated Workers. Run by terminated.test.ts, over dist/: Workers of Node 20 load no TypeScript.
 *
 *   terminated-workers.program.mjs PATH   20 Workers, each with a pair that waits, a listener, and sends that wait for room
 *
 * Prints the descriptors that they leave.
 */
import { once } from 'node:events'
import { openSync, readdirSync, readlinkSync } from 'node:fs'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { MessageSocket, rights } from '../../dist/index.js'
import { openJournal } from '../../dist/systemd.js'

const open = () => new Map(readdirSync('/proc/self/fd').flatMap((fd) => {
  try {
    return [[fd, readlinkSync(`/proc/self/fd/${fd}`)]]
  } catch {
    return []
  }
}))

async function worker(path) {
  const [a, b] = MessageSocket.pair({ type: 'datagram' })
  void b.receive()
  await a.send('x')
  const listener = MessageSocket.bind({ unnamed: true }, { type: 'stream' })
  void listener.accept()
  const client = MessageSocket.open({ family: 'unix', type: 'datagram' })
  void client.send('helped', { to: path })
  // Duplicates of descriptors wait with their message: in a queue, in a stream, and as a memory file.
  const zero = openSync('/dev/zero', 'r')
  const [full, quiet] = MessageSocket.pair({ type: 'datagram' })
  while (full.sendNow('x') !== undefined);
  void full.send('x', { control: [rights([zero])] })
  const [socket, silent] = MessageSocket.pair({ type: 'stream' })
  const stream = socket.toDuplex()
  stream.write(new Uint8Array(1 << 20))
  stream.writeWithFds('x', [zero])
  void openJournal({ path }).send('x'.repeat(1 << 20))
  // They must not be garbage-collected: the calls that wait would end.
  globalThis.peers = [a, quiet, silent]
  void b.receive()
  parentPort.postMessage('ready')
}

async function terminate(count, path) {
  const workers = Array.from({ length: count }, () => new Worker(new URL(import.meta.url), { workerData: path }))
  await Promise.all(workers.map((one) => once(one, 'message')))
  const before = open().size
  await Promise.all(workers.map((one) => one.terminate()))
  return before
}

if (!isMainThread) {
  await worker(workerData)
} else {
  const [path] = process.argv.slice(2)
  const server = MessageSocket.bind(path, { type: 'datagram' })
  const filler = MessageSocket.open({ family: 'unix', type: 'datagram' })
  while (filler.sendNow('x', { to: path }) !== undefined);
  // What the first one takes for good is there then.
  await terminate(1, path)
  console.log('ready')
  const before = open()
  const held = await terminate(20, path)
  const deadline = Date.now() + 10_000
  const added = () => [...open()].filter(([fd, what]) => before.get(fd) !== what && !what.startsWith('/proc')).map(([, what]) => what)
  while (added().length > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
  console.log(JSON.stringify({ heldMore: held - before.size >= 20 * 12, added: added() }))
  await server.close()
  await filler.close()
}
