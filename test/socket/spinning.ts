/**
 * Whether the event loop spins on our behalf.
 * @module
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { poll } from '../../src/libc.ts'

const target = (fd: string | number): string => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

/** The epoll descriptors that watch sockets and nothing else: ours. Those of libuv have an eventfd among theirs. */
function ourEpolls(): number[] {
  return readdirSync('/proc/self/fd').filter((fd) => target(fd) === 'anon_inode:[eventpoll]').filter((fd) => {
    const watched = [...readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1').matchAll(/^tfd:\s*(\d+)/gm)].map(([, number]) => target(number!))
    return watched.length > 0 && watched.every((what) => what.startsWith('socket:'))
  }).map(Number)
}

/**
 * Whether something is reported again and again that nobody deals with. Looked at as the kernel sees it, for neither CPU
 * time nor turns of the loop are ours alone: what is watched level-triggered, and stays ready, spins.
 */
export async function spins(): Promise<boolean> {
  for (let look = 0; look < 20; look++) {
    await new Promise((resolve) => { setTimeout(resolve, 10) })
    const epolls = ourEpolls()
    if (poll(epolls.map((fd) => ({ fd })), 0).every(({ revents }) => revents === 0)) return false
  }
  return true
}
