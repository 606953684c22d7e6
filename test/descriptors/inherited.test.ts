/**
 * Close-on-exec, from the first instant on: a program that is started in between sees nothing of what was received.
 */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { MessageSocket, pidfd, rights } from '../../src/index.ts'
import { fcntl, constants } from '../../src/libc.ts'
import { openDescriptors } from '../support/fds.ts'
import { TestFile } from './file.ts'

const { F_GETFD, FD_CLOEXEC, MSG_PEEK } = constants

/** Returns what a program that we start has open, beside its standard input, output and error. */
function seenByChild(): string[] {
  const script = 'for fd in /proc/$$/fd/*; do [ ${fd##*/} -gt 2 ] && readlink "$fd"; done; true'
  return spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).stdout.trim().split('\n')
}

describe('a program that is started while descriptors are held', () => {
  it('has the descriptors that were passed to it', () => {
    // That the program would see a descriptor that is inherited.
    using file = new TestFile()
    const { stdout } = spawnSync('/bin/sh', ['-c', 'readlink /proc/$$/fd/3'], {
      encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit', file.fd],
    })
    expect(stdout.trim()).toBe(file.path)
  })

  it('has no other: no received descriptor, socket, pidfd or descriptor of a waiting message', async () => {
    using file = new TestFile()
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights, pidfd] })
    using _a = a
    using _b = b
    // All ways in: asked for, peeked at, received ahead, and the processes.
    for (let i = 0; i < 4; i++) a.sendNow('x', { control: [rights(file.times(2))] })
    using peeked = b.receiveNow({ flags: MSG_PEEK })
    using first = await b.receive()
    using peer = b.peerPidfd()!
    const exited = new AbortController()
    const waits = peer.exited({ signal: exited.signal })
    waits.catch(() => {})
    // And what waits for room, which is a duplicate.
    using full = MessageSocket.bind({ unnamed: true }, { type: 'datagram' })
    using sender = MessageSocket.open({ family: 'unix', type: 'datagram' })
    while (sender.sendNow('x', { to: full.address }) !== undefined);
    const pending = sender.send('x', { to: full.address, control: [rights([file.fd])] })
    pending.catch(() => {})

    expect(file.copies).toHaveLength(2 + 4 * 2 + 1)
    const seen = seenByChild()
    expect(seen).not.toContain(file.path)
    expect(seen.filter((what) => /socket|pidfd|epoll|eventfd/.test(what))).toEqual([])
    // Each of ours, by its own flag. Standard input, output and error are meant to be inherited.
    const inheritable =
      [...openDescriptors()].filter(([fd, what]) => fd > 2 && /^\/tmp|pidfd/.test(what) && (fcntl(fd, F_GETFD) & FD_CLOEXEC) === 0)
    expect(inheritable).toEqual([])
    expect([peeked, first].map((message) => message!.get(rights)!.length)).toEqual([2, 2])
    exited.abort()
    await expect(waits).rejects.toThrow()
  })
})
