/**
 * Sockets in Workers. Run by workers.test.ts, over dist/: Workers of Node 20 load no TypeScript.
 *
 *   workers.program.mjs PATH WAIT END    three Workers wait; then they are told to end, or terminated, or the process exits
 *   workers.program.mjs PATH WAIT count  the same, told, twice: how many descriptors the second time leaves
 */
import { readdirSync } from 'node:fs'
import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

async function worker([path, wait]) {
  const { MessageSocket } = await import('../../dist/index.js')
  const [a, b] = MessageSocket.pair({ type: 'datagram' })
  const sockets = [a, b]
  const waits = {
    receive: () => b.receive(),
    iteration: async () => { for await (const _ of b); },
    receiveSync: () => b.receiveSync(),
    accept: () => {
      sockets.push(MessageSocket.bind(path, { type: 'stream' }))
      return sockets.at(-1).accept()
    },
    send: () => {
      while (b.sendNow('x') !== undefined);
      return b.send('x')
    },
  }
  const pending = b.receive()
  await a.send('works')
  parentPort.postMessage((await pending)?.data.toString())
  parentPort.once('message', () => { for (const socket of sockets) void socket.close() })
  await Promise.resolve(waits[wait]()).catch(() => {})
}

async function main([path, wait, end]) {
  // So it is to be done: see the README. The other way is tried, too.
  if (end !== 'only in Workers') await import('../../dist/index.js')
  const workers = [1, 2, 3].map((i) => new Worker(new URL(import.meta.url), { workerData: [path + i, wait] }))
  const ends = workers.map((worker) => once(worker, 'exit'))
  for (const [message] of await Promise.all(workers.map((worker) => once(worker, 'message')))) console.log(message)
  const endings = {
    told: () => { for (const worker of workers) worker.postMessage('end') },
    'only in Workers': () => { for (const worker of workers) worker.postMessage('end') },
    terminated: () => Promise.all(workers.map((worker) => worker.terminate())),
    exit: () => process.exit(3),
  }
  // The wait begins right after the message: by now it has.
  await new Promise((resolve) => setTimeout(resolve, 100))
  await endings[end]()
  await Promise.all(ends)
  console.log('ended')
}

async function count([path, wait]) {
  await main([path, wait, 'told'])
  const before = readdirSync('/proc/self/fd').length
  await main([path + '2', wait, 'told'])
  console.log(readdirSync('/proc/self/fd').length - before)
}

if (isMainThread) await (process.argv[4] === 'count' ? count : main)(process.argv.slice(2))
else await worker(workerData)
