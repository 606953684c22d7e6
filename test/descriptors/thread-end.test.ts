/**
 * A Worker leaves no descriptor of ours behind, however it ends.
 */
import { spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { claim, closeClaimed, unclaim } from '../../src/descriptors/thread-end.ts'
import { socketpair } from '../../src/libc.ts'
import { constants } from '../../src/codec.ts'
import { ROOT, withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'

const directory = tempDir()
const program = join(directory, 'program.mjs')

beforeAll(() => {
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  const { status, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/esbuild'), [
    'test/descriptors/thread-end.program.ts', '--bundle', '--platform=node', '--format=esm', '--target=node20', '--external:ffi-rs',
    '--log-level=error', `--outfile=${program}`,
  ], { cwd: ROOT, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
})

async function left(how: string, ending: string): Promise<{ left: string[]; stderr: string }> {
  const running = start([process.execPath, program, how, ending])
  return { left: await running.output(), stderr: running.stderr }
}

describe.each(['terminated', 'ended'])('20 Workers that are %s', (ending) => {
  it('leave unclaimed sockets open', async () => {
    expect(await left('left', ending)).toEqual({ left: ['40'], stderr: '' })
  })

  it('close claimed sockets', async () => {
    expect(await left('claimed', ending)).toEqual({ left: ['0'], stderr: '' })
  })

  it('do not touch descriptors that were released or closed', async () => {
    expect(await left('released', ending)).toEqual({ left: ['0'], stderr: '' })
  })

  it('close nothing of the main thread that reuses a claimed number', async () => {
    expect(await left('reused', ending)).toEqual({ left: ['0'], stderr: '' })
  })

  it('close duplicates that wait to be sent, and nothing of the main thread that reuses the number of one', async () => {
    expect(await left('kept', ending)).toEqual({ left: ['0'], stderr: '' })
  })
})

withPeer('prlimit', 'a Worker without a free number at first', () => {
  it('closes what it claims later', async () => {
    const running = start(['prlimit', '--nofile=64:64', process.execPath, program, 'short', 'terminated', '1'])
    expect([await running.output(), running.stderr]).toEqual([['0'], ''])
  })
})

it('the main thread, which ends with the process, closes nothing', () => {
  const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_STREAM)
  expect([claim(a), unclaim(a), closeClaimed(a), closeClaimed(b), closeClaimed(b)]).toEqual([a, a, 0, 0, -9])
})
