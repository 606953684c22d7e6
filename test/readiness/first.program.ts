/**
 * The first operations of a process wait for something that does not happen, while the trial of the `handle` strategy wakes the
 * event loop. Run by first.test.ts; prints one line of JSON.
 */
import { MessageSocket, decodeAddress, encodeAddress, peerPidfd } from '../../src/index.ts'
import { bind, close, connect, constants, getsockname, listen, socket, socketpair } from '../../src/libc.ts'

const { AF_INET, AF_UNIX, SOCK_STREAM, SOCK_NONBLOCK } = constants

/** Waits for a connection that is never accepted: the queue of the listener is full, and the kernel drops each SYN. */
async function connecting(): Promise<unknown> {
  const listener = socket(AF_INET, SOCK_STREAM)
  bind(listener, encodeAddress({ address: '127.0.0.1', port: 0 }))
  listen(listener, 0)
  const address = decodeAddress(getsockname(listener))
  const queued = Array.from({ length: 4 }, () => {
    const fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
    try {
      connect(fd, encodeAddress(address))
    } catch {
      // EINPROGRESS
    }
    return fd
  })
  await using pending = MessageSocket.open({ family: 'inet', type: 'stream' })
  const outcome = await pending.connect(address, { signal: AbortSignal.timeout(700) }).then(() => 'connected', (error: Error) => error.name)
  for (const fd of [listener, ...queued]) close(fd)
  return outcome
}

/** Waits for the end of this very process. */
async function running(): Promise<unknown> {
  const pair = socketpair(AF_UNIX, SOCK_STREAM)
  using pidfd = peerPidfd(pair[0])!
  const outcome = await pidfd.exited({ signal: AbortSignal.timeout(700) }).then(() => 'ended', (error: Error) => error.name)
  for (const fd of pair) close(fd)
  return outcome
}

console.log(JSON.stringify(await { connecting, running }[process.argv[2] as 'connecting' | 'running']()))
