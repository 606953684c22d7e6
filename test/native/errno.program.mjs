// Run by engines.test.ts and `npm run torture errno`: calls that fail, in a mix of seven, while the garbage collector works.
// Each must report its own errno. Prints the engine and the number of wrong ones, first of this thread, then of a Worker.
//
//   errno.program.mjs COUNT
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import * as libc from '../../dist/libc.js'

function wrongOf(count) {
  const { AF_UNIX, SOCK_DGRAM, SOCK_STREAM, MSG_DONTWAIT, SOL_SOCKET } = libc.constants
  const [a, b] = libc.socketpair(AF_UNIX, SOCK_DGRAM)
  const stream = libc.socket(AF_UNIX, SOCK_STREAM)
  const nobody = libc.encodeAddress('/nobody/is/here')
  const batch = new libc.MessageBatch({ count: 1, size: 100 })
  const cases = [
    ['EAGAIN', () => batch.receiveOne(a, MSG_DONTWAIT)], ['EBADF', () => libc.close(1e6)], ['EAFNOSUPPORT', () => libc.socket(255, 1)],
    ['ENOENT', () => libc.connect(stream, nobody)], ['ENOPROTOOPT', () => libc.setsockopt(a, SOL_SOCKET, 9999, 1)],
    ['ENOTCONN', () => libc.getpeername(stream)], ['ENOTSUP', () => libc.listen(a)],
  ]
  Error.stackTraceLimit = 0
  let wrong = 0
  const garbage = []
  for (let i = 0; i < count; i++) {
    const [code, call] = cases[i % cases.length]
    garbage[i % 100] = { text: 'x'.repeat(i % 1000), bytes: new Uint8Array(i % 5000) }
    if (i % 20_000 === 0) globalThis.gc?.()
    let got = 'no error'
    try {
      // Nothing was there for a batch: it returns 0, or says so.
      if (call() === 0 && code === 'EAGAIN') got = code
    } catch (error) {
      got = error.code === 'EOPNOTSUPP' ? 'ENOTSUP' : error.code
    }
    if (got !== code) wrong++
  }
  for (const fd of [a, b, stream]) libc.close(fd)
  return wrong
}

const count = isMainThread ? Number(process.argv[2]) : workerData
const wrong = wrongOf(count)
if (!isMainThread) parentPort.postMessage(wrong)
else {
  const worker = new Worker(new URL(import.meta.url), { workerData: count })
  worker.once('message', (inWorker) => {
    console.log(JSON.stringify({ engine: libc.engine.name, calls: count, wrong, inWorker }))
  })
}
