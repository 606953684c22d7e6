/**
 * The examples of docs/logging.md that need a log daemon, an agent or a package, exactly as they stand there.
 * @module
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ROOT, withPeer } from '../support/peers.ts'
import { start, tempDir, type Running } from '../support/processes.ts'
import { onEveryNode, project } from './drop-ins.ts'

/** The text of the example that uses such a thing. */
function example(marker: string): string {
  const blocks = [...readFileSync(join(ROOT, 'docs/logging.md'), 'utf8').matchAll(/^```js\n([^]*?)\n```$/gm)].map(([, text]) => text!)
  const [text, ...others] = blocks.filter((block) => block.includes(marker))
  expect(others).toEqual([])
  return `${text}\n`
}

/** rsyslogd with a socket, and the fields of each line that it has written down. */
class Syslog implements AsyncDisposable {
  readonly socket: string
  readonly #log: string
  readonly #daemon: Running

  constructor(options: string) {
    const directory = tempDir()
    this.socket = join(directory, 'log.sock')
    this.#log = join(directory, 'out.log')
    const configuration = join(directory, 'rsyslog.conf')
    const header = '%protocol-version%|%syslogfacility-text%.%syslogseverity-text%|%app-name%|%procid%|%msgid%'
    writeFileSync(configuration, `
      global(workDirectory="${directory}")
      module(load="imuxsock" SysSock.Use="off")
      input(type="imuxsock" Socket="${this.socket}" IgnoreOwnMessages="off" RateLimit.Interval="0" ${options})
      template(name="t" type="string" string="${header}|%structured-data%|%msg%\\n")
      *.* action(type="omfile" file="${this.#log}" template="t")
    `)
    this.#daemon = start(['/usr/sbin/rsyslogd', '-n', '-f', configuration, '-i', join(directory, 'pid')])
  }

  async ready(): Promise<void> {
    while (!existsSync(this.socket)) await after(10)
  }

  /** Its first lines, without those about itself. */
  async lines(count: number): Promise<string[]> {
    for (;;) {
      const log = existsSync(this.#log) ? readFileSync(this.#log, 'utf8') : ''
      const lines = log.split('\n').slice(0, -1).filter((line) => !line.includes('|rsyslogd|'))
      if (lines.length >= count) return lines
      await after(10)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.stop()
  }
}

withPeer('rsyslogd', 'docs/logging.md, to rsyslogd', () => {
  const run = (text: string, socket: string): Running => {
    // Within the package, which it imports by name.
    const file = join(import.meta.dirname, `.guide-${process.pid}.mjs`)
    writeFileSync(file, text)
    const running = start([process.execPath, file], { SYSLOG_SOCKET: socket })
    void running.exit().finally(() => { rmSync(file) })
    return running
  }

  it('logs in the format of RFC 3164 on /dev/log', async () => {
    await using syslog = new Syslog('')
    await syslog.ready()
    const program = run(example('String(new Date())'), syslog.socket)
    const { pid } = program
    await program.output()
    expect(program.stderr).toBe('')
    const lines = await syslog.lines(102)
    const before = (severity: string): string => `0|daemon.${severity}|demo|${pid}|-|-| `
    expect(lines).toEqual([
      `${before('info')}it begins`, `${before('warning')}café is UTF-8`,
      ...Array.from({ length: 100 }, (_, i) => `${before('debug')}line ${i + 1}`),
    ])
  })

  it('logs in the format of RFC 5424', async () => {
    await using syslog = new Syslog('useSpecialParser="off" parseHostname="on"')
    await syslog.ready()
    const program = run(example('demo@32473'), syslog.socket)
    const { pid } = program
    await program.output()
    expect(program.stderr).toBe('')
    expect(await syslog.lines(2)).toEqual([
      `1|local0.info|demo|${pid}|START|-|it begins`,
      `1|local0.err|demo|${pid}|ORDER|[demo@32473 user="anna" reason="\\"empty\\""]|the order was refused`,
    ])
  })
})

onEveryNode('docs/logging.md', (node) => {
  const run = (name: string, text: string, env: NodeJS.ProcessEnv): Running => {
    const file = join(project, `${name}.mjs`)
    writeFileSync(file, text)
    return node.run([file], env)
  }

  withPeer('rsyslogd', 'to rsyslogd', () => {
    it('logs by winston-syslog', async () => {
      await using syslog = new Syslog('')
      await syslog.ready()
      await run('winston', example('winston.createLogger'), { SYSLOG_SOCKET: syslog.socket }).output()
      expect(await syslog.lines(2)).toEqual([
        expect.stringMatching(/^0\|local0\.info\|.*demo.*"it begins"/), expect.stringMatching(/^0\|local0\.err\|.*demo.*"it fails"/),
      ])
    })
  })

  withPeer('python3', 'to an agent', () => {
    it('sends metrics by hot-shots', async () => {
      const path = join(tempDir(), 'dsd.sock')
      await using agent = start(['python3', '-B', 'test/drop-ins/agent.py', path])
      await agent.line('ready')
      const program = run('hot-shots', example('hot-shots'), { DOGSTATSD_SOCKET: path })
      await program.output()
      expect(program.stderr).toBe('')
      await agent.line(/^latency/)
      expect(agent.lines.slice(1).map((line) => line.split(' ')[0])).toEqual(['orders:1|c|#shop:north', 'latency:12|ms'])
    })
  })
})

describe('docs/logging.md', () => {
  it('has no example without a test', () => {
    const text = readFileSync(join(ROOT, 'docs/logging.md'), 'utf8')
    expect([...text.matchAll(/^```js$/gm)]).toHaveLength(4)
  })
})
