/**
 * What the suite may use beside Node: a C compiler, python3, strace, root … Nothing of it has to be there. A test that needs
 * one is skipped with the reason printed at the end of the run, or fails where the environment promises all of them
 * (`CMSG_REQUIRE_PEERS=1`, as in CI): a suite that skips in silence proves nothing.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, it } from 'vitest'
import { ROOT } from './running.ts'

export { ROOT }

/** The user and group of a sender that is not us. They need no entry in /etc/passwd. */
export const OTHER = { uid: 1000, gid: 1000 } as const

/** Where Debian has it. It is not on the path. */
export const JOURNALD = '/lib/systemd/systemd-journald'
/** It need not be process 1: it is a service manager for a user too. */
export const SYSTEMD = '/lib/systemd/systemd'

const isRoot = process.getuid?.() === 0

/** A probe gives the reason why a peer cannot be used, or undefined. */
type Probe = () => string | undefined

const onPath = (program: string): Probe => () => {
  // Daemons live in directories that an ordinary user's PATH does not have.
  for (const directory of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']) {
    try {
      accessSync(join(directory, program), constants.X_OK)
      return undefined
    } catch {
      // the next one
    }
  }
  return `${program} is not installed`
}

const succeeds = (command: string, ...args: string[]): Probe => () => {
  const { error, status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (error !== undefined) return onPath(command)() ?? error.message
  return status === 0 ? undefined : `${command} does not work here: ${stderr.trim().split('\n').at(-1)}`
}

/** A command line under which a program runs as a user without privileges: as we are, or as {@link OTHER}. */
export const ordinaryUser: readonly string[] = isRoot
  ? ['setpriv', `--reuid=${OTHER.uid}`, `--regid=${OTHER.gid}`, '--clear-groups']
  : []

export type PeerName =
  | 'cc' | 'python3' | 'strace' | 'script' | 'root' | 'an ordinary user' | 'socat' | 'logger' | 'nc' | 'rsyslogd' | 'dbus-daemon'
  | 'prlimit' | 'setsid' | 'bash' | 'man' | 'namespaces' | 'systemd' | 'systemd-journald' | 'systemd-notify' | 'systemd-socket-activate'
  | 'chromium' | 'cross compilers' | 'Xvfb' | 'weston'

const probes: Record<PeerName, Probe> = {
  cc: succeeds('cc', '--version'),
  python3: succeeds('python3', '-c', 'import socket; socket.AF_UNIX, socket.SCM_CREDENTIALS, socket.send_fds'),
  // ptrace may be forbidden although the program is there, as in many containers.
  strace: succeeds('strace', '-o', '/dev/null', 'true'),
  // A terminal for a program to run in.
  script: succeeds('script', '-qec', 'true', '/dev/null'),
  root: () => (isRoot ? undefined : 'not root'),
  // Under another uid the repository and Node may be out of reach, in somebody's home for instance.
  'an ordinary user': () =>
    isRoot
      ? succeeds(ordinaryUser[0]!, ...ordinaryUser.slice(1), process.execPath, join(ROOT, 'test/support/reachable.mjs'))()
      : undefined,
  socat: onPath('socat'),
  logger: onPath('logger'),
  nc: onPath('nc'),
  rsyslogd: onPath('rsyslogd'),
  'dbus-daemon': onPath('dbus-daemon'),
  man: onPath('man'),
  prlimit: succeeds('prlimit', '--nofile=128:128', 'true'),
  setsid: onPath('setsid'),
  bash: onPath('bash'),
  // Anybody may make them, but in many a container.
  namespaces: succeeds('unshare', '--user', '--map-root-user', '--pid', '--fork', '--mount-proc', 'true'),
  chromium: succeeds('chromium', '--version'),
  Xvfb: onPath('Xvfb'),
  weston: onPath('weston'),
  'cross compilers': () => onPath('arm-linux-gnueabihf-gcc')() ?? onPath('s390x-linux-gnu-gcc')(),
  systemd: () => onPath('systemctl')() ?? (existsSync(SYSTEMD) ? undefined : 'systemd is not installed'),
  'systemd-notify': onPath('systemd-notify'),
  'systemd-socket-activate': onPath('systemd-socket-activate'),
  'systemd-journald': () => onPath('journalctl')() ?? (existsSync(JOURNALD) ? undefined : 'systemd-journald is not installed'),
}

const reasons = new Map<PeerName, string | undefined>()

/** Why a peer cannot be used, or undefined when it can. Looked up once. */
export function missing(name: PeerName): string | undefined {
  if (!reasons.has(name)) reasons.set(name, probes[name]())
  return reasons.get(name)
}

/** Whether the environment promises every peer. */
export const required: boolean = process.env.CMSG_REQUIRE_PEERS === '1'

declare module 'vitest' {
  interface TaskMeta {
    /** Why a suite was skipped: summary.ts prints it. */
    missingPeer?: string
  }
}

/** `describe(name, body)` for tests that need `peers`, as {@link unlessMissing}. */
export function withPeer(peers: PeerName | readonly PeerName[], name: string, body: () => void): void {
  unlessMissing([peers].flat().map((peer) => missing(peer)).find((why) => why !== undefined), name, body)
}

/**
 * `describe(name, body)` for tests that need something. `reason` says why it cannot be used: then they are skipped and the
 * reason is printed, or, with `CMSG_REQUIRE_PEERS=1`, a test fails with it. `body` is run to list its tests even then: use
 * what they need within tests.
 */
export function unlessMissing(reason: string | undefined, name: string, body: () => void): void {
  if (reason === undefined) {
    describe(name, body)
  } else if (required) {
    describe(name, () => {
      it('has what it needs', () => {
        throw new Error(`CMSG_REQUIRE_PEERS=1, but ${reason}`)
      })
    })
  } else {
    describe.skip(name, { meta: { missingPeer: reason } }, body)
  }
}
