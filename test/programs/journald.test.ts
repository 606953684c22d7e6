/**
 * systemd-journald, by itself: it takes a sealed memfd with an empty datagram, and credentials that are stated.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { MessageSocket, credentials, rights } from '../../src/index.ts'
import { JOURNALD, withPeer } from '../support/peers.ts'
import { idle, start, tempDir } from '../support/processes.ts'

/** The entries of a journal: each its fields. */
function entries(directory: string): Map<string, string>[] {
  const { stdout } = spawnSync('journalctl', ['-D', directory, '-o', 'export', '--no-pager', '-q'], {
    encoding: 'latin1', maxBuffer: 1 << 28,
  })
  return stdout.split('\n\n').filter(Boolean).map((entry) => new Map(entry.split('\n').flatMap((line) => {
    const at = line.indexOf('=')
    return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const]
  })))
}

withPeer(['systemd-journald', 'root', 'namespaces', 'python3'], 'systemd-journald', () => {
  it('accepts our memfd and explicit credentials', async () => {
    // Its paths are fixed: /run is a directory of ours, for it alone.
    const run = tempDir()
    for (const directory of ['systemd/journal', 'log/journal']) mkdirSync(join(run, directory), { recursive: true })
    await using journald = start([
      'unshare', '--mount', '--kill-child', '--fork', 'sh', '-c', `mount --bind "$0" /run && exec ${JOURNALD}`, run,
    ])
    const path = join(run, 'systemd/journal/socket')
    while (!existsSync(path)) {
      if (journald.ended !== undefined) await journald.output()
      await after(10)
    }
    await using client = await MessageSocket.connect(path, { type: 'datagram' })
    await using other = idle()

    await client.send('MESSAGE=stated\nPRIORITY=6\n', { control: [credentials({ pid: other.pid, uid: 0, gid: 0 })] })

    // Python makes the memfd and seals it; here it only passes through.
    await using maker = MessageSocket.bind({ abstract: `cmsg-test-maker-${process.pid}` }, { type: 'datagram', receive: [rights] })
    const python = start(['python3', '-B', '-c', `
import fcntl, os, socket, sys
fd = os.memfd_create('entry', os.MFD_ALLOW_SEALING)
os.write(fd, b'MESSAGE=in a memfd\\nPRIORITY=5\\nLONG=' + b'A' * 500000 + b'\\n')
fcntl.fcntl(fd, 1033, 15)  # F_ADD_SEALS: seal, shrink, grow, write
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect('\\0' + sys.argv[1])
socket.send_fds(s, [b'x'], [fd])`, `cmsg-test-maker-${process.pid}`])
    await python.output()
    using message = await maker.receive()
    await client.send('', { control: [rights(message!.get(rights)!)] })

    const journal = join(run, 'log/journal')
    const ours = (): Map<string, string>[] => entries(journal).filter((entry) => entry.get('_TRANSPORT') === 'journal')
    const find = (text: string): Map<string, string> | undefined => ours().find((entry) => entry.get('MESSAGE') === text)
    while (find('in a memfd') === undefined || find('stated') === undefined) {
      if (journald.ended !== undefined) await journald.output()
      await after(50)
    }
    expect(find('stated')!.get('_PID')).toBe(`${other.pid}`)
    const entry = find('in a memfd')!
    expect([entry.get('_PID'), entry.get('_UID'), entry.get('PRIORITY'), entry.get('LONG')?.length]).toEqual([
      `${process.pid}`, '0', '5', 500000,
    ])
  })
})
