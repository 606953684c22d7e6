/**
 * hot-shots over Unix sockets, against an agent in python. What is expected here is what hot-shots prints with unix-dgram
 * itself in place.
 * @module
 */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { start, tempDir, type Running } from '../support/processes.ts'
import { onEveryNode, project } from './drop-ins.ts'

const startAgent = async (path: string): Promise<Running> => {
  const agent = start(['python3', '-B', 'test/drop-ins/agent.py', path])
  await agent.line('ready')
  return agent
}

withPeer('python3', 'with an agent', () => {
  onEveryNode('hot-shots', (node) => {
    const begin = (path: string, scenario: string): Running =>
      node.run([join(import.meta.dirname, 'hot-shots.mjs'), project, path, scenario])
    const path = (): string => join(tempDir(), 'dsd.sock')

    it('sends metrics, with a callback and without', async () => {
      const to = path()
      await using agent = await startAgent(to)
      expect(await begin(to, 'plain').output()).toEqual(['sent', 'end'])
      await agent.line(/^without/)
      expect(agent.lines).toEqual(['ready', 'plain:1|c|#tag:a 16', 'without.callback:2|g 20'])
    })

    it('sends the collected metrics when it is closed', async () => {
      const to = path()
      await using agent = await startAgent(to)
      expect(await begin(to, 'buffered').output()).toEqual(['end'])
      await agent.line(/^buffered\.99:/)
      expect(agent.lines.slice(1).map((line) => line.split(':')[0])).toEqual(Array.from({ length: 100 }, (_, i) => `buffered.${i}`))
      expect(new Set(agent.lines.slice(1).map((line) => line.split(' ')[1])).size).toBeLessThan(10)
    })

    it('tries again while the agent does not read', async () => {
      const to = path()
      await using agent = await startAgent(to)
      agent.kill('SIGSTOP')
      const client = begin(to, 'congested')
      await client.line('waiting true')
      agent.kill('SIGCONT')
      expect(await client.output()).toEqual(['waiting true', 'sent', 'end'])
      while (agent.lines.length < 41) await agent.line(new RegExp(`^congested\\.(${missingOf(agent.lines).join('|')}):`))
      expect(missingOf(agent.lines)).toEqual([])
    })

    it('reports congestion to callbacks and events when it does not try again', async () => {
      const to = path()
      await using agent = await startAgent(to)
      agent.kill('SIGSTOP')
      expect(await begin(to, 'refused').output()).toEqual(['sent, 1 Error sending hot-shots message: Error: congestion', 'event 1', 'end'])
      agent.kill('SIGCONT')
    })

    it('reports to callbacks that the agent has gone, and finds it again', async () => {
      const to = path()
      const agent = await startAgent(to)
      const client = begin(to, 'restarted')
      await agent.line(/^restarted\.1:/)
      await agent.stop()
      await client.line(/^-107 /)
      await using heir = await startAgent(to)
      expect(await client.output()).toEqual([
        'sent', '-111 Error sending hot-shots message: Error: send -111', '-107 Error sending hot-shots message: Error: send -107',
        'sent again', 'end',
      ])
      await heir.line(/^restarted\./)
    })

    it('learns from the exception of connect that no agent exists', async () => {
      expect(await begin(path(), 'absent').output()).toEqual([
        'handler -2 connect -2', 'handler -2 connect -2',
        'callback undefined Socket not created properly. Check previous errors for details.', 'end',
      ])
    })

    it('has sent everything when the process exits', async () => {
      const to = path()
      await using agent = await startAgent(to)
      expect(await begin(to, 'exit').exit()).toBe(0)
      await agent.line(/^exit\.4:/)
      expect(agent.lines.slice(1)).toEqual([0, 1, 2, 3, 4].map((i) => `exit.${i}:1|c 10`))
    })
  })
})

/** The numbers of congested metrics that the agent has not printed. */
const missingOf = (lines: readonly string[]): number[] =>
  Array.from({ length: 40 }, (_, i) => i).filter((i) => !lines.some((line) => line.startsWith(`congested.${i}:`)))
