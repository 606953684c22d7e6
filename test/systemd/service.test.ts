/**
 * Services that a real systemd starts, watches and restarts.
 */
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MessageSocket } from '../../src/index.ts'
import { blocksOf, place, there } from '../guides/guides.ts'
import { withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'
import { Manager } from './manager.ts'

const blocks = blocksOf('systemd.md')

/** Repeats an attempt for as long as the stale socket file of an earlier service refuses it. */
async function until<T>(attempt: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 20_000; ;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await after(10)
    }
  }
}

it('the guide\'s service starts in a terminal, also when an earlier one was killed', async () => {
  const path = join(tempDir(), 'demo.sock')
  const file = place('terminal', blocks.get('service')!.replaceAll('/tmp/demo.sock', path))
  for (let i = 0; i < 2; i++) {
    await using service = start([process.execPath, file])
    await there(path, service)
    const response = await until(async () => (await once(get({ socketPath: path }), 'response'))[0] as IncomingMessage)
    expect(String(await response.toArray())).toBe(`you are pid ${process.pid}, uid ${process.getuid!()}\n`)
  }
})

withPeer(['systemd', 'root', 'namespaces'], 'under systemd', () => {
  let manager: Manager
  beforeAll(async () => {
    manager = new Manager()
    await manager.ready()
  })
  afterAll(() => manager[Symbol.asyncDispose]())

  const output = (name: string): string => {
    const path = join(manager.directory, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }

  it('the guide\'s service is passed a socket, is ready, and identifies its clients', async () => {
    const file = place('service', blocks.get('service'))
    const service = blocks.get('demo.service')!.replace('/usr/bin/node /srv/demo/service.mjs', `${process.execPath} ${file}`)
    manager.units({ 'demo.socket': blocks.get('demo.socket')!, 'demo.service': service })
    manager.systemctl('start', 'demo.socket')
    expect(manager.property('demo.service', 'ActiveState')).toBe('inactive')

    const client = `
      const { once } = await import('node:events')
      const { get } = await import('node:http')
      const [response] = await once(get({ socketPath: process.argv[1] }), 'response')
      process.stdout.write(process.pid + ': ')
      for await (const chunk of response) process.stdout.write(chunk)`
    const answer = manager.inside(process.execPath, '--input-type=module', '-e', client, join(manager.run, 'demo.sock'))
    expect(answer).toMatch(/^(\d+): you are pid \1, uid 0\n$/)
    // systemctl returns once it is ready, and not before.
    manager.systemctl('start', 'demo.service')
    expect(['ActiveState', 'StatusText'].map((name) => manager.property('demo.service', name))).toEqual(['active', 'listening'])
    manager.systemctl('stop', 'demo.socket', 'demo.service')
    expect(manager.property('demo.service', 'Result')).toBe('success')
  })

  it('a service is passed several descriptors with their names, and a notification arrives before its end', async () => {
    const file = place('names', `
      import { writeFileSync } from 'node:fs'
      import { listenFds, notify } from 'cmsg/systemd'
      const fds = listenFds()
      const barrier = { signal: AbortSignal.timeout(20_000) }
      const sent = await notify({ READY: 1, STATUS: fds.map(({ name }) => name).sort().join() }, { barrier })
      writeFileSync(${JSON.stringify(join(manager.directory, 'barrier'))}, String(sent))
      setInterval(() => {}, 1e6)`)
    manager.units({
      'first.socket': '[Socket]\nListenStream=%t/first.sock\nListenDatagram=%t/first.dgram\nService=names.service',
      'second.socket': '[Socket]\nListenSequentialPacket=@cmsg-test-%i\nFileDescriptorName=packets\nService=names.service',
      'names.service': `[Service]\nType=notify\nSockets=first.socket second.socket\nExecStart=${process.execPath} ${file}`,
    })
    manager.systemctl('start', 'first.socket', 'second.socket', 'names.service')
    expect(manager.property('names.service', 'StatusText')).toBe('first.socket,first.socket,packets')
    while (output('barrier') === '') await after(20)
    expect(output('barrier')).toBe('true')
    manager.systemctl('stop', 'first.socket', 'second.socket', 'names.service')
  })

  it('the guide\'s collector is restarted without losing a datagram', async () => {
    const file = place('collector', blocks.get('collector'))
    const [socket, log] = [join(manager.directory, 'collector.sock'), join(manager.directory, 'collector.log')]
    const unit = blocks.get('collector.service')!.replace('/usr/bin/node /srv/collector/collector.mjs', `${process.execPath} ${file}`)
    manager.units({ 'collector.service': `${unit}Environment=COLLECTOR_SOCKET=${socket} COLLECTOR_FILE=${log}\n` })
    manager.systemctl('start', 'collector.service')

    using client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    let restarts = 0
    let count = 0
    const sending = (async () => {
      while (restarts < 3) {
        for (let i = 0; i < 100; i++) await client.send(String(count++), { to: socket })
        await after(1)
      }
    })()
    const pids = new Set<string>()
    for (; restarts < 3; restarts++) {
      await after(200)
      pids.add(manager.property('collector.service', 'MainPID'))
      // In a process of its own, for this one has to go on sending.
      await manager.start('systemctl', '--user', 'restart', 'collector.service').output()
    }
    await sending
    const expected = Array.from({ length: count }, (_, i) => `${i}\n`).join('')
    while (output('collector.log').length < expected.length) await after(20)
    expect(output('collector.log')).toBe(expected)
    expect([pids.size, manager.property('collector.service', 'NFileDescriptorStore')]).toEqual([3, '1'])
    manager.systemctl('stop', 'collector.service')
  })

  it('a watched service runs while its event loop runs, and is ended when the loop hangs', async () => {
    const file = place('watched', `
      import { notify, watchdog } from 'cmsg/systemd'
      watchdog()
      process.on('SIGUSR1', () => { for (;;); })
      setInterval(() => {}, 1e6)
      await notify('READY=1')`)
    const watched = 'Type=notify\nWatchdogSec=1\nWatchdogSignal=SIGKILL'
    manager.units({ 'watched.service': `[Service]\n${watched}\nExecStart=${process.execPath} ${file}` })
    manager.systemctl('start', 'watched.service')
    await after(2500)
    expect(manager.property('watched.service', 'ActiveState')).toBe('active')
    manager.systemctl('kill', '--signal=SIGUSR1', 'watched.service')
    while (manager.property('watched.service', 'ActiveState') === 'active') await after(100)
    expect(manager.property('watched.service', 'Result')).toBe('watchdog')
  })
})
