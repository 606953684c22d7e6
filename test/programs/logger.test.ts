/**
 * logger: credentials that the kernel adds, credentials that it states, and a datagram of no bytes that carries a memfd.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { MessageSocket, credentials, pidfd, rights, type Pidfd } from '../../src/index.ts'
import { withPeer } from '../support/peers.ts'
import { idle, start, tempDir } from '../support/processes.ts'

withPeer('logger', 'logger -u', () => {
  it('sends no credentials, but is identified', async () => {
    const path = join(tempDir(), 's')
    await using server = MessageSocket.bind(path, { type: 'datagram', receive: [credentials, pidfd] })
    const logger = start(['logger', '-u', path, '-t', 'tag', 'the message'])
    await logger.output()
    using message = await server.receive()
    expect(String(message?.data)).toMatch(/^<13>.*tag: the message/)
    expect(message?.get(credentials)).toEqual({ pid: logger.pid, uid: process.getuid!(), gid: process.getgid!() })
    // It has ended, and nobody can be mistaken for it.
    expect((message?.get(pidfd) as Pidfd).alive).toBe(false)
  })
})

withPeer(['logger', 'root'], 'logger -u --id', () => {
  it('sends the pid of another process', async () => {
    const path = join(tempDir(), 's')
    await using other = idle()
    await using server = MessageSocket.bind(path, { type: 'datagram', receive: [credentials] })
    const logger = start(['logger', '-u', path, `--id=${other.pid}`, '-t', 'tag', 'the message'])
    await logger.output()
    using message = await server.receive()
    // The pid alone: logger 2.38 leaves the uid and gid uninitialized.
    expect(message?.get(credentials)?.pid).toBe(other.pid)
    expect(String(message?.data)).toContain(`tag[${other.pid}]: the message`)
  })
})

withPeer(['logger', 'root', 'namespaces'], 'logger --journald', () => {
  it('sends a message that is too long for a datagram as a memfd', async () => {
    // Its path is /run/systemd/journal/socket: /run is a directory of ours, for logger alone.
    const run = tempDir()
    mkdirSync(join(run, 'systemd/journal'), { recursive: true })
    await using server = MessageSocket.bind(join(run, 'systemd/journal/socket'), { type: 'datagram', receive: [credentials, rights] })
    const length = 9_000_000
    const logger = start(['unshare', '--mount', 'sh', '-c', `
      mount --bind "$0" /run
      { printf MESSAGE=; head -c ${length} /dev/zero | tr '\\0' A; echo; } | logger --journald`, run])
    using message = await server.receive()
    await logger.output()
    expect(message?.data.length).toBe(0)
    expect(message?.controlTruncated).toBe(false)
    expect(message?.get(credentials)).toMatchObject({ uid: 0, gid: 0 })
    const fds = message!.get(rights)!
    expect(fds).toHaveLength(1)
    const text = readFileSync(`/proc/self/fd/${fds[0]!.fd}`, 'latin1')
    expect([text.length >= length, text.slice(text.indexOf('MESSAGE')).slice(0, 10), text.split('A').length > length]).toEqual([
      true, 'MESSAGE=AA', true,
    ])
  })
})
