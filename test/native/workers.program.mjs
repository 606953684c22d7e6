// Run by workers.test.ts: Workers that load the built library. Plain JavaScript, because each round is a process of its
// own, and hundreds of them should start fast.
//
//   workers.program.mjs together [--main-first]   four Workers at the same instant
//   workers.program.mjs alone-within              the same, and each stays a moment and looks who else is there
//   workers.program.mjs alone                     Workers one after the other, and the main thread never
//   workers.program.mjs terminated                one is terminated while it loads, and three wait for it
//   workers.program.mjs terminated-anywhere       many are, each a little later
//   workers.program.mjs terminated-at-work        many are while they make room for messages, small and large, new for each
//   workers.program.mjs memory                    one after the other takes memory, and is terminated
//
// With --main-first the main thread loads the library before them, with --old-libc the C library has no
// __cxa_thread_atexit_impl, like musl.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'

const library = new URL('../../dist/libc.js', import.meta.url)

/** Messages with credentials, to ourselves. */
function converse({ socketpair, setsockopt, sendmsg, recvmsg, close, decodeControl, credentials, constants, CMSG_SPACE }, name) {
  const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_DGRAM)
  setsockopt(b, constants.SOL_SOCKET, constants.SO_PASSCRED, 1)
  for (let i = 0; i < 20; i++) {
    const text = `${name} ${i}`
    assert.equal(sendmsg(a, { buffers: [Buffer.from(text)] }), text.length)
    const { data, control } = recvmsg(b, { size: 100, controlSize: CMSG_SPACE(12) })
    assert.equal(String(data), text)
    assert.deepEqual(decodeControl(control, { definitions: [credentials] }).map(({ value }) => value), [
      { pid: process.pid, uid: process.getuid(), gid: process.getgid() },
    ])
  }
  // errno is each thread's own.
  assert.throws(() => sendmsg(-1 >>> 1, { buffers: [Buffer.from('x')] }), { code: 'EBADF' })
  assert.throws(() => recvmsg(b, {}, constants.MSG_DONTWAIT), { code: 'EAGAIN' })
  close(a)
  close(b)
}

/** Room for messages and buffers that are new each time, so that their addresses are, for ever. */
function work({ MessageBatch, socketpair, sendmsg, recvmsg, constants }) {
  const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_DGRAM)
  for (let size = 70_000; ; size++) {
    new MessageBatch({ count: 1, size: 1 })
    const sent = new Uint8Array(size).fill(size)
    sendmsg(a, { buffers: [sent] })
    const received = [new Uint8Array(1000), new Uint8Array(size)]
    assert.equal(recvmsg(b, { buffers: received }).length, size)
    assert.deepEqual(Buffer.concat(received, size), Buffer.from(sent))
  }
}

/** Take memory again and again, and never return to the event loop. */
function large({ socketpair, sendmsg, recvmsg, constants }, times) {
  const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_DGRAM)
  const before = process.memoryUsage().rss
  for (let i = 0; i < times; i++) {
    sendmsg(a, { buffers: [new Uint8Array(150_000 + i)] })
    assert.equal(recvmsg(b, { size: 4 << 20 }).length, 150_000 + i)
  }
  // Were it not used again it would be 300 MiB, of what is written to alone.
  const more = (process.memoryUsage().rss - before) / 2 ** 20
  assert(more < 100, `${more} MiB more`)
}

/** Wait until `workerData.count` Workers are here. */
function together(index) {
  const arrived = new Int32Array(workerData.barrier)
  Atomics.add(arrived, index, 1)
  // Not Atomics.wait: who is woken by the scheduler is late.
  while (Atomics.load(arrived, index) < workerData.count);
}

/** Stay for a while, and see that nobody else comes. */
function alone(index) {
  const inside = new Int32Array(workerData.barrier)
  const others = Atomics.add(inside, index, 1)
  for (const until = performance.now() + 20; performance.now() < until;);
  Atomics.sub(inside, index, 1)
  assert.equal(others, 0, 'another thread is loading too')
}

/** Do something when ffi-rs has been loaded, and before its functions are looked up. */
async function whenLoaded(then) {
  const { default: Module } = await import('node:module')
  const load = Module._extensions['.node']
  Module._extensions['.node'] = (...args) => {
    load(...args)
    then()
  }
}

/** Have ffi-rs find no function of this name, as in a C library that is older. */
function hide(missing) {
  const ffi = createRequire(library)('ffi-rs')
  const { load } = ffi
  ffi.load = (params) => {
    if (params.funcName === missing) throw new Error(`Cannot find "${missing}" function in shared library`)
    return load(params)
  }
}

if (!isMainThread) {
  const { name, task, oldLibc } = workerData
  if (oldLibc) hide('__cxa_thread_atexit_impl')
  if (task === 'together') together(0)
  const libc = await import(library)
  if (task === 'alone-within') await whenLoaded(() => alone(2))
  if (task === 'hang') {
    await whenLoaded(() => {
      parentPort.postMessage('loading')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })
  }
  if (task === 'together' || task === 'alone-within') together(1)
  if (task === 'announce') parentPort.postMessage('about to load')
  converse(libc, name)
  if (task === 'large') {
    large(libc, workerData.times)
    parentPort.postMessage('done')
    setInterval(() => {}, 1000)
  }
  if (task === 'work') {
    parentPort.postMessage('working')
    work(libc)
  }
  process.exitCode = 7 // the exit code of the Worker: it came to its end
} else {
  const [mode, ...flags] = process.argv.slice(2)
  const start = (name, data) => new Worker(new URL(import.meta.url), { workerData: { name, oldLibc: flags.includes('--old-libc'), ...data } })
  const ended = async (worker) => assert.deepEqual(await once(worker, 'exit'), [7])

  if (flags.includes('--main-first')) converse(await import(library), 'main')

  if (mode === 'together' || mode === 'alone-within') {
    const count = 4
    const barrier = new SharedArrayBuffer(12)
    await Promise.all(Array.from({ length: count }, (_, i) => ended(start(`worker ${i}`, { task: mode, barrier, count }))))
  }
  if (mode === 'alone') {
    for (const name of ['first', 'second']) await ended(start(name, {}))
  }
  if (mode === 'terminated') {
    const first = start('first', { task: 'hang' })
    assert.deepEqual(await once(first, 'message'), ['loading'])
    const others = ['second', 'third', 'fourth'].map((name) => start(name, { task: 'announce' }))
    await Promise.all(others.map(async (worker) => assert.deepEqual(await once(worker, 'message'), ['about to load'])))
    const all = others.map(ended)
    await first.terminate()
    await Promise.all(all)
  }
  if (mode === 'memory') {
    const used = []
    for (let i = 0; i < 40; i++) {
      // The first for long: to be used again by itself. The others show that it is free when they end.
      const worker = start('large', { task: 'large', times: i === 0 ? 1000 : 100 })
      await once(worker, 'message')
      await worker.terminate()
      used.push(process.memoryUsage().rss)
    }
    // Were it kept it would be 4 MiB of each.
    const more = (used.at(-1) - used[9]) / 2 ** 20
    assert(more < 60, `${more} MiB more`)
  }
  if (mode === 'terminated-at-work') {
    for (let i = 0; i < 20; i++) {
      const worker = start('working', { task: 'work' })
      await once(worker, 'message')
      const until = performance.now() + 3 * Math.random()
      while (performance.now() < until);
      await worker.terminate()
    }
  }
  if (mode === 'terminated-anywhere') {
    for (let delay = 0; delay < 12; delay += 0.8) {
      const worker = start('terminated', { task: 'announce' })
      await once(worker, 'message')
      const until = performance.now() + delay
      while (performance.now() < until);
      await worker.terminate()
    }
    await ended(start('last', {}))
  }
  // Whoever unmapped ffi-rs has left pointers into it: used when memory is freed, and at exit.
  globalThis.gc?.()
  if (mode !== 'together' || !flags.includes('--main-first')) converse(await import(library), 'main')
  console.log('done')
}
