/**
 * Workers that wait for messages and are terminated, over dist/: which descriptors that belong to waiting they leave open.
 * Run by breakdown.test.ts.
 *
 *   terminated.program.mjs COUNT
 */
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { MessageSocket } from '../../dist/index.js'

/** Eventfds, and epolls that watch an epoll. */
function open() {
  const links = new Map()
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      links.set(fd, readlinkSync(`/proc/self/fd/${fd}`))
    } catch {
      // The one that readdir has used.
    }
  }
  const watches = (fd) => [...readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').matchAll(/^tfd: *(\d+)/gm)].map(([, watched]) => watched)
  const of = (link) => [...links].filter(([, what]) => what === `anon_inode:${link}`).map(([fd]) => fd)
  const outer = of('[eventpoll]').filter((fd) => watches(fd).some((watched) => links.get(watched) === 'anon_inode:[eventpoll]'))
  return { eventfds: of('[eventfd]').length, outer: outer.length }
}

if (isMainThread) {
  const before = open()
  for (let i = 0; i < Number(process.argv[2]); i++) {
    const worker = new Worker(new URL(import.meta.url))
    await once(worker, 'message')
    await worker.terminate()
  }
  const after = open()
  console.log(JSON.stringify({ eventfds: after.eventfds - before.eventfds, outer: after.outer - before.outer }))
} else {
  const [a, b] = MessageSocket.pair({ type: 'datagram' })
  const pending = b.receive()
  await a.send('works')
  parentPort.postMessage((await pending).data.length)
  await b.receive()
}
