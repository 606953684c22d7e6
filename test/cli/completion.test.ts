/**
 * What is made of the parser's definitions: completions, the man page; and that each flag has one meaning.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeProgram } from '../../src/cli/program.ts'
import { ROOT, withPeer } from '../support/peers.ts'
import { output } from './command.ts'

/** What bash completes of these words. */
function completed(...words: string[]): string[] {
  const script = `eval "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cmsg; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', output(['completion', 'bash']), ...words], {
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout.trim().split('\n')
}

describe('cmsg completion', () => {
  withPeer('bash', 'sourced in bash', () => it.each([
    [['cmsg', 'l'], ['listen', 'layout']],
    [['cmsg', 'layout', 'uc'], ['ucred']],
    [['cmsg', 'layout', 'msghdr', '--target', 's390x-linux-g'], ['s390x-linux-gnu']],
    [['cmsg', 'send', '--ty'], ['--type']],
    [['cmsg', 'listen', '--type', 's'], ['seqpacket', 'stream']],
    [['cmsg', 'listen', '/tmp/s', '--receive', 'credentials,pid'], ['credentials,pidfd']],
    [['cmsg', 'types', 'SCM_CRED'], ['SCM_CREDENTIALS']],
    [['cmsg', 'explain', '--file', '/etc/hostn'], ['/etc/hostname']],
    [['cmsg', 'completion', 'z'], ['zsh']],
  ])('completes %j', (words, expected) => {
    expect(completed(...words)).toEqual(expected)
  }))

  it('has a line for each subcommand and option in fish', async () => {
    const text = output(['completion', 'fish'])
    for (const command of (await makeProgram('all')).commands) {
      expect(text).toMatch(new RegExp(`-f -a ${command.name()} -d '`))
      for (const { long } of command.options) expect(text).toContain(`-l ${long!.slice(2)}`)
    }
  })

  it('uses the function of bash in zsh', () => {
    expect(output(['completion', 'zsh'])).toContain(`bashcompinit\n${output(['completion', 'bash'])}`)
  })
})

describe('the definitions', () => {
  it('give each short flag one meaning', async () => {
    const meanings = new Map<string, Set<string>>()
    for (const { short, long } of (await makeProgram('all')).commands.flatMap(({ options }) => options)) {
      if (short !== undefined && short !== null) meanings.set(short, new Set(meanings.get(short)).add(long!))
    }
    expect(meanings.size).toBeGreaterThan(5)
    expect([...meanings].filter(([, longs]) => longs.size > 1)).toEqual([])
  })

  it('agree with man/cmsg.1', () => {
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/man.ts', '--check'], {
      cwd: ROOT, encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

withPeer('man', 'the man page', () => {
  it('is read by man without a warning', () => {
    const { status, stdout, stderr } = spawnSync('man', ['--warnings', '--local-file', join(ROOT, 'man/cmsg.1')], {
      encoding: 'utf8', env: { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8' },
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('cmsg layout [options] [struct]')
    expect(stdout).toMatch(/-T, --type/)
  })
})
