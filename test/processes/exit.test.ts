/**
 * What is awaited keeps the process alive, and nothing else does; and whatever ends a process ends it while it waits, too.
 * @module
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { start, tempDir, typescript, type Running } from '../support/processes.ts'
import { atRest } from './proc.ts'

const onTheLoop = ['receive', 'iteration', 'accept', 'send', 'connected send', 'connect to a busy listener']
const waits = [...onTheLoop, 'connect']

describe.concurrent.each(['handle', 'thread'])('waiting by %s', (CMSG_READINESS) => {
  const run = (wait: string, event: string): Running =>
    start([...typescript('test/processes/exit.program.ts'), join(tempDir(), 'socket'), wait, event], { CMSG_READINESS })

  /** A process that waits, and for a while has done nothing else. */
  async function waiting(wait: string, event: string): Promise<Running> {
    const program = run(wait, event)
    await program.line('waiting')
    await atRest(program.pid)
    expect(program.ended, program.stderr).toBeUndefined()
    return program
  }

  async function ends(program: Running, signal: NodeJS.Signals): Promise<{ status: number | string; lines: string[] }> {
    program.kill(signal)
    return { status: await program.exit(), lines: program.lines.filter((line) => line !== 'waiting') }
  }

  const settled = ['nothing', 'nothing any more', 'an aborted receive', 'an idle listener']
  it.each(settled)('a process ends by itself while awaiting %s', async (wait) => {
    expect(await run(wait, 'nothing').exit()).toBe(0)
  })

  it.each(onTheLoop)('a process ends by itself while awaiting %s on a socket after unref()', async (wait) => {
    expect(await run(wait, 'unref').exit()).toBe(0)
  })

  it.each(onTheLoop)('a process stays alive while awaiting %s on a socket after ref()', async (wait) => {
    await using program = await waiting(wait, 'unref and ref')
    expect(program.ended).toBeUndefined()
  })

  it.each(waits)('a process stays alive while awaiting %s, and ends by itself once the socket is closed', async (wait) => {
    const { status, lines } = await ends(await waiting(wait, 'close'), 'SIGUSR2')
    expect(lines).toEqual(wait === 'iteration' ? [] : [wait === 'connect' ? 'ENOENT' : 'ERR_CMSG_CLOSED'])
    expect(status).toBe(0)
  })

  it.each(['receive', 'send', 'connect'])('a process ends at process.exit() during %s', async (wait) => {
    expect(await ends(await waiting(wait, 'exit'), 'SIGUSR2')).toEqual({ status: 3, lines: [] })
  })

  it.each(['receive', 'send', 'connect'])('a process ends with an uncaught exception during %s', async (wait) => {
    const program = await waiting(wait, 'throw')
    expect(await ends(program, 'SIGUSR2')).toEqual({ status: 1, lines: [] })
    expect(program.stderr).toContain('thrown on purpose')
  })

  it.each([...waits, 'receiveSync'])('a process ends with SIGINT during %s', async (wait) => {
    expect(await ends(await waiting(wait, 'nothing'), 'SIGINT')).toEqual({ status: 'SIGINT', lines: [] })
  })

  it.each([...waits, 'receiveSync'])('a process handles SIGINT during %s', async (wait) => {
    const lines = wait === 'receiveSync' ? ['EINTR', 'handled'] : ['handled']
    expect(await ends(await waiting(wait, 'handler'), 'SIGINT')).toEqual({ status: 4, lines })
  })
})
