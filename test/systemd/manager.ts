/**
 * A systemd of our own, in namespaces, that services of a test are started by.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { start, tempDir, type Running } from '../support/processes.ts'

let made = 0

export class Manager implements AsyncDisposable {
  readonly directory: string = tempDir()
  /** What `%t` is in a unit. */
  readonly run: string = join(this.directory, 'run')
  readonly #units = join(this.directory, 'home/.config/systemd/user')
  readonly #group = `cmsg-test-${process.pid}-${made++}`
  readonly #systemd: Running
  #pid = ''

  constructor() {
    for (const directory of [this.run, this.#units]) mkdirSync(directory, { recursive: true })
    const namespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
    this.#systemd = start([...namespaces, 'test/systemd/manager.sh', this.directory, this.#group])
  }

  async ready(): Promise<void> {
    while (!existsSync(join(this.run, 'systemd/private'))) {
      if (this.#systemd.ended !== undefined) await this.#systemd.output()
      await after(20)
    }
    this.#pid = readFileSync(`/proc/${this.#systemd.pid}/task/${this.#systemd.pid}/children`, 'latin1').trim()
  }

  /** Writes a unit, or several. */
  units(units: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(units)) writeFileSync(join(this.#units, name), text)
    this.systemctl('daemon-reload')
  }

  get #env(): NodeJS.ProcessEnv {
    return { HOME: join(this.directory, 'home'), XDG_RUNTIME_DIR: this.run }
  }

  /** Starts a program beside its services, which see its pid. */
  start(...command: readonly string[]): Running {
    return start(['nsenter', '-t', this.#pid, '-m', '-p', ...command], this.#env)
  }

  /** Runs a program beside its services to its end, and gives what it prints. */
  inside(...command: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync('nsenter', ['-t', this.#pid, '-m', '-p', ...command], {
      encoding: 'utf8', timeout: 60_000, env: { ...process.env, ...this.#env },
    })
    if (status !== 0) throw new Error(`${command.join(' ')} failed (${status}):\n${stdout}${stderr}`)
    return stdout
  }

  systemctl(...args: readonly string[]): string {
    return this.inside('systemctl', '--user', ...args)
  }

  /** A property of a unit. */
  property(unit: string, name: string): string {
    return this.systemctl('show', '--value', '-p', name, unit).trim()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#systemd.stop()
    // The control groups of it, empty by now.
    const { stdout } = spawnSync('find', ['/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*/${this.#group}*`], { encoding: 'utf8' })
    for (let attempt = 0; attempt < 50 && spawnSync('rmdir', stdout.split('\n').filter(existsSync)).status !== 0; attempt++) await after(20)
  }
}
