/**
 * Terminates a thread in the middle of replacing a socket file, and binds there itself. Prints whether a lock was left, and
 * the files in the directory at the end.
 *
 *     terminated.program.mjs PATH LOCK
 */
import { existsSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { MessageSocket } from 'cmsg'

const [path, lock] = process.argv.slice(2)
const worker = new Worker(`
  const fs = require('node:fs')
  const { parentPort, workerData: { path } } = require('node:worker_threads')
  const { unlinkSync } = fs
  fs.unlinkSync = (file) => {
    if (String(file) !== path) return unlinkSync(file)
    parentPort.postMessage('in between')
    for (;;);
  }
  require('node:module').syncBuiltinESMExports()
  import('cmsg').then(({ MessageSocket }) => MessageSocket.bind(path, { type: 'datagram', unlink: true }))`, {
  eval: true, workerData: { path },
})
await new Promise((resolve, reject) => { worker.once('message', resolve).once('error', reject) })
console.log(existsSync(lock))
await worker.terminate()
const socket = MessageSocket.bind(path, { type: 'datagram', unlink: true })
console.log(readdirSync(dirname(path)).join())
await socket.close()
