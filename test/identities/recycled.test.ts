/**
 * A pid is used again: who goes by the number alone is told of a stranger, who goes by the pidfd is told that it is gone.
 */
import { describe, expect, it } from 'vitest'
import { MessageSocket, Pidfd, pidfd } from '../../src/index.ts'
import { withPeer } from '../support/peers.ts'
import { idle, start, typescript } from '../support/processes.ts'
import { uniqueName } from './senders.ts'

withPeer(['namespaces', 'python3'], 'a sender whose pid was reused', () => {
  it('has ended according to its pidfd, although its pid exists', async () => {
    const program = start([
      'unshare', '--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child',
      ...typescript('test/identities/recycled.program.ts'), uniqueName(),
    ])
    const { was, ...now } = JSON.parse((await program.output())[0]!) as { was: { pid: number; comm: string; sender: number } }
    expect(was.comm).toMatch(/^python/)
    expect(was.pid).toBe(was.sender)
    const gone = { pid: -1, alive: false, info: null, signal: 'ESRCH' }
    expect(now).toEqual({
      recycled: true,
      handle: gone,
      peer: gone,
      number: { credentials: true, alive: true, comm: 'sleep' },
      otherSurvived: true,
    })
  })
})

describe('a process that ends while /proc is read', () => {
  it('is not mistaken for the process that gets its pid', async () => {
    await using other = idle()
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [pidfd] })
    using _a = a
    using _b = b
    a.sendNow('x')
    using message = b.receiveNow()!
    /** Asked first, it has the pid that is another's by the time /proc is read. */
    class Ending extends Pidfd {
      #asked = 0
      override get pid(): number {
        return this.#asked++ === 0 ? other.pid : -1
      }
    }
    using handle = new Ending((message.get(pidfd) as Pidfd).take())
    expect(handle.info()).toBeUndefined()
  })
})
