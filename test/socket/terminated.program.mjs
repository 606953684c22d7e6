// Run by ending.test.ts: Workers are terminated while they receive, and then the process exits while one does. Plain
// JavaScript on the built library, because a Worker has no loader for anything else.
import { once } from 'node:events'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

const { MessageSocket } = await import(new URL('../../dist/index.js', import.meta.url))

// On the main thread too: ffi-rs has to be loaded there first.
const [a, b] = MessageSocket.pair({ type: 'datagram' })

if (isMainThread) {
  await Promise.all([a.close(), b.close()])
  const started = async () => {
    const worker = new Worker(new URL(import.meta.url))
    await once(worker, 'message')
    return worker
  }
  for (let i = 0; i < 20; i++) await (await started()).terminate()
  await started()
  console.log('done')
  process.exit()
}
for (let i = 0; ; i++) {
  const waiting = b.receive()
  await a.send('x')
  await waiting
  if (i === 20) parentPort.postMessage('busy')
}
