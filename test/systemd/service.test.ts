/**
 * Services that a real systemd starts, watches and restarts.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT, withPeer } from '../support/peers.ts'
import { Manager } from './manager.ts'

/** The blocks of the guide, by the word after the language. */
const blocks = new Map([...readFileSync(join(ROOT, 'docs/systemd.md'), 'utf8').matchAll(/^```(?:js|ini) ([\w.]+)\n([^]*?)^```$/gm)].map(([, name, text]) => [name!, text!]))

withPeer(['systemd', 'root', 'namespaces'], 'under systemd', () => {
  let manager: Manager
  beforeAll(async () => {
    manager = new Manager()
    await manager.ready()
  })
  const files: string[] = []
  afterAll(async () => {
    await manager[Symbol.asyncDispose]()
    for (const file of files) rmSync(file)
  })

  /** A program, in a file within this package, which it imports by name; and what it printed. */
  const placed = (name: string, text: string): string => {
    const file = join(ROOT, `test/systemd/.${process.pid}-${name}.mjs`)
    writeFileSync(file, text)
    files.push(file)
    return file
  }
  const output = (name: string): string => {
    const path = join(manager.directory, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }

  it('the guide: passed a socket, ready, and knowing who asks', async () => {
    const file = placed('service', blocks.get('service')!)
    const service = blocks.get('demo.service')!.replace('/usr/bin/node /srv/demo/service.mjs', `${process.execPath} ${file}`)
    manager.units({ 'demo.socket': blocks.get('demo.socket')!, 'demo.service': service })
    manager.systemctl('start', 'demo.socket')
    expect(manager.property('demo.service', 'ActiveState')).toBe('inactive')

    const client = `
      const [response] = await (await import('node:events')).once((await import('node:http')).get({ socketPath: process.argv[1] }), 'response')
      process.stdout.write(process.pid + ': ')
      for await (const chunk of response) process.stdout.write(chunk)`
    const answer = manager.inside(process.execPath, '--input-type=module', '-e', client, join(manager.run, 'demo.sock'))
    expect(answer).toMatch(/^(\d+): you are pid \1, uid 0\n$/)
    // systemctl returns once it is ready, and not before.
    manager.systemctl('start', 'demo.service')
    expect([manager.property('demo.service', 'ActiveState'), manager.property('demo.service', 'StatusText')]).toEqual(['active', 'listening'])
    manager.systemctl('stop', 'demo.socket', 'demo.service')
    expect(manager.property('demo.service', 'Result')).toBe('success')
  })

  it('passed several, with their names; and heard of before its end', async () => {
    const file = placed('names', `
      import { writeFileSync } from 'node:fs'
      import { listenFds, notify } from 'cmsg/systemd'
      const fds = listenFds()
      const sent = await notify({ READY: 1, STATUS: fds.map(({ name }) => name).sort().join() }, { barrier: { signal: AbortSignal.timeout(20_000) } })
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

  it('watched: it goes on while its event loop turns, and is ended when that hangs', async () => {
    const file = placed('watched', `
      import { notify, watchdog } from 'cmsg/systemd'
      watchdog()
      process.on('SIGUSR1', () => { for (;;); })
      setInterval(() => {}, 1e6)
      await notify('READY=1')`)
    manager.units({ 'watched.service': `[Service]\nType=notify\nWatchdogSec=1\nWatchdogSignal=SIGKILL\nExecStart=${process.execPath} ${file}` })
    manager.systemctl('start', 'watched.service')
    await after(2500)
    expect(manager.property('watched.service', 'ActiveState')).toBe('active')
    manager.systemctl('kill', '--signal=SIGUSR1', 'watched.service')
    while (manager.property('watched.service', 'ActiveState') === 'active') await after(100)
    expect(manager.property('watched.service', 'Result')).toBe('watchdog')
  })
})
