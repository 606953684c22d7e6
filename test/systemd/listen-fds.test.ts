/**
 * Descriptors that were passed by systemd's own systemd-socket-activate, and by a shell that gets them wrong.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { MessageSocket, OwnedFd } from '../../src/index.ts'
import { ListenFd } from '../../src/systemd.ts'
import { there } from '../guides/guides.ts'
import { withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'

const program = [process.execPath, 'test/systemd/passed.program.mjs']

const right = { again: 0, variables: [], closeOnExec: true, inherited: false }

withPeer('systemd-socket-activate', 'listenFds, by systemd-socket-activate', () => {
  it('returns listening sockets with their names, in order, for Node to serve', async () => {
    const [a, b] = ['a.sock', 'b.sock'].map((name) => join(tempDir(), name)) as [string, string]
    await using activate = start(['systemd-socket-activate', '-l', a, '-l', b, '--fdname=http:admin', ...program, 'serve'])
    await there(b, activate)
    const client = connect(a)
    expect(String((await once(client, 'data'))[0])).toBe('answered')
    client.destroy()
    expect(JSON.parse((await activate.output())[0]!)).toEqual({ ...right, fds: [[3, 'http'], [4, 'admin']] })
  })

  it('returns a datagram socket that identifies senders', async () => {
    const path = join(tempDir(), 'd.sock')
    await using activate = start(['systemd-socket-activate', '--datagram', '-l', path, '--fdname=datagrams', ...program, 'serve'])
    await there(path, activate)
    using client = MessageSocket.bind({ unnamed: true }, { type: 'datagram' })
    await client.send('who am I?', { to: path })
    // This one came before anybody had asked for credentials: systemd has PassCredentials= for that.
    expect(String((await client.receive())!.data)).toBe('pid undefined')
    await client.send('who am I?', { to: path })
    expect(String((await client.receive())!.data)).toBe(`pid ${process.pid}`)
    expect(JSON.parse((await activate.output())[0]!)).toEqual({ ...right, fds: [[3, 'datagrams']] })
  })
})

describe('listenFds', () => {
  /** What it says with these variables; `$$` is the process itself. Its descriptor 3 is open, and 4 is not. */
  const passed = async (variables: string): Promise<unknown> => {
    const [line] = await start(['/bin/sh', '-c', `exec 3</dev/null; ${variables} exec "$@"`, 'sh', ...program]).output()
    return JSON.parse(line!)
  }
  const none = { ...right, fds: [] }
  const wrong = (message: RegExp): object => (
    { name: 'RangeError', code: 'ERR_CMSG_INVALID_ENVIRONMENT', message: expect.stringMatching(message) as string, variables: [] }
  )

  it.each<[string, string, object]>([
    ['one without a name', 'LISTEN_PID=$$ LISTEN_FDS=1', { ...right, fds: [[3, 'unknown']] }],
    ['one with a name', 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=stored LISTEN_PIDFDID=1', { ...right, fds: [[3, 'stored']] }],
    ['nothing', '', none],
    ['none', 'LISTEN_PID=$$ LISTEN_FDS=0', none],
    ['variables for another process', 'LISTEN_PID=1 LISTEN_FDS=1 LISTEN_FDNAMES=x', none],
    ['variables without a pid', 'LISTEN_FDS=1', none],
    ['a pid only', 'LISTEN_PID=$$', none],
    ['no number', 'LISTEN_PID=$$ LISTEN_FDS=many', wrong(/LISTEN_FDS="many".*whole number/)],
    ['a negative number', 'LISTEN_PID=$$ LISTEN_FDS=-1', wrong(/LISTEN_FDS="-1"/)],
    ['too large a number', 'LISTEN_PID=$$ LISTEN_FDS=2147483647', wrong(/from 0 to 2147483644/)],
    ['no pid', 'LISTEN_PID=me LISTEN_FDS=1', wrong(/LISTEN_PID="me"/)],
    ['more names than descriptors', 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=a:b', wrong(/names is 2, and LISTEN_FDS says 1/)],
  ])('%s', async (_, variables, expected) => {
    expect(await passed(variables)).toEqual(expected)
  })

  it.each([100, 2147483644])('refuses descriptors that are not open, LISTEN_FDS=%i', async (count) => {
    expect(await passed(`LISTEN_PID=$$ LISTEN_FDS=${count}`)).toEqual({
      name: 'SystemError', code: 'EBADF', message: expect.stringMatching(new RegExp(`^fcntl EBADF: LISTEN_FDS=${count} says`)) as string,
      variables: [],
    })
  })

  it('returns objects that describe themselves', () => {
    const fd = new ListenFd(1_000_000, 'http')
    expect(inspect(fd)).toBe("ListenFd { fd: 1000000, name: 'http' }")
    expect(fd).toBeInstanceOf(OwnedFd)
    fd.take()
    expect(inspect(fd)).toBe("ListenFd { owned: false, name: 'http' }")
  })
})
