/**
 * RLIMIT_NOFILE reached: the data is delivered, the loss reported, nothing leaks, and the socket goes on.
 */
import { expect, it } from 'vitest'
import { ordinaryUser, withPeer } from '../support/peers.ts'
import { start, typescript } from '../support/processes.ts'

/** What limited.program.ts prints under a limit of `files` open descriptors. */
async function limited(mode: string, files: number, under: readonly string[] = []): Promise<unknown> {
  const program = start([...under, 'prlimit', `--nofile=${files}:${files}`, ...typescript('test/descriptors/limited.program.ts'), mode])
  const [json] = await program.output()
  return JSON.parse(json!)
}

withPeer('prlimit', 'with no descriptor, or too few, left in mid-receive', () => {
  it('the descriptors that fit arrive, the rest are reported, and receiving continues', async () => {
    const received = (descriptors: number) => ({
      data: 'the data', descriptors, controlTruncated: true, truncated: false, leaked: 0, next: ['the next', 2, false],
    })
    expect(await limited('shortage', 128)).toEqual({
      'datagram 0': received(0), 'datagram 1': received(1), 'datagram 5': received(5),
      'seqpacket 0': received(0), 'seqpacket 1': received(1), 'seqpacket 5': received(5),
      'stream 0': received(0), 'stream 1': received(1), 'stream 5': received(5),
      // The errno in the control message is a value.
      pidfd: { name: 'SystemError', code: 'EMFILE', errno: -24, syscall: 'SCM_PIDFD', data: 'x' },
      pidfdAgain: true,
      peerPidfd: 'EMFILE',
      'exited 0': 'EMFILE', 'exited 1': 'EMFILE', 'exited 2': 'EMFILE', 'exited 3': 'EMFILE',
      exitedLeaked: 0,
      exitedAborted: 'aborted',
    })
  })

  it('reading ahead stops before descriptors are cut off', async () => {
    // Two thousand descriptors in all, and no more than two hundred held at a time.
    const whole = [0, 1, 2, 3, 4].map((i) => [`${i}`, 200, false])
    expect(await limited('ahead', 1024)).toEqual([...whole, ...whole])
  })
})

withPeer(['prlimit', 'an ordinary user'], 'with more descriptors in flight than an ordinary user may have', () => {
  it('ETOOMANYREFS is explained', async () => {
    const { sent, message, again } = (await limited('underway', 128, ordinaryUser)) as { sent: number; message: string; again: string }
    // The limit is the user's, whose other processes may have some under way.
    expect(sent).toBeLessThanOrEqual(136)
    expect(message)
      .toMatch(/^sendmsg ETOOMANYREFS: more file descriptors are in flight \(sent but not received\) than RLIMIT_NOFILE allows/)
    expect(again).toBe('it worked')
  })
})
