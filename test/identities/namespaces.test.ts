/**
 * Senders in other pid and user namespaces than their receiver's, both ways: what has no number here is said to have none,
 * and is not passed off as root; the pidfd is the process all the same.
 */
import { expect, it } from 'vitest'
import { MessageSocket, credentials, pidfd, type Pidfd } from '../../src/index.ts'
import { OTHER, ordinaryUser, withPeer } from '../support/peers.ts'
import { start, typescript } from '../support/processes.ts'
import { listen, of, sender, senderUnder, uniqueName } from './senders.ts'

const user = ['unshare', '--user', '--map-root-user']
const userAndPid = [...user, '--pid', '--fork', '--mount-proc', '--kill-child']
/** What has no number in a user namespace. */
const overflow = 65534

/** A receiver in namespaces of its own, and what it prints of a sender that `send` starts; in the end, of its end. */
async function received(namespaces: readonly string[], kinds: readonly string[], send: (name: string) => ReturnType<typeof sender>) {
  const name = uniqueName()
  const receiver = start([...namespaces, ...typescript('test/identities/receiver.program.ts'), name, ...kinds])
  await receiver.line('ready')
  const other = send(name)
  const said = JSON.parse(await of(receiver, receiver.line(/^\{"data/))) as Record<string, unknown>
  await other.stop()
  const [, , last] = await receiver.output()
  return { pid: other.pid, said, afterwards: last === undefined ? undefined : JSON.parse(last) as unknown }
}
const byPython = (name: string) => sender(name, ['--type', 'seqpacket'])
const byOther = (name: string) => senderUnder(ordinaryUser, name, 'seqpacket')

withPeer(['namespaces', 'python3'], 'a receiver in a pid namespace that does not contain its sender', () => {
  it('receives pid 0 and a pidfd of the process', async () => {
    const { said, afterwards } = await received(userAndPid, ['credentials', 'pidfd'], byPython)
    // Our user is mapped to its root: nothing but the pid tells the two apart.
    expect(said).toEqual({
      data: 'hello',
      credentials: { pid: 0, uid: 0, gid: 0 },
      peerCredentials: { pid: 0, uid: 0, gid: 0 },
      // It lives, which is all that can be said of it here; the kernel does not let anybody signal out of a pid namespace.
      handle: { pid: 0, alive: true, info: null, signal: 'EINVAL' },
      peer: { pid: 0, alive: true, info: null, signal: 'EINVAL' },
    })
    expect(afterwards).toMatchObject({ alive: false, info: null })
  })
})

withPeer(['namespaces', 'root', 'an ordinary user'], 'a receiver in namespaces where its sender has neither a pid nor a user', () => {
  const nobody = { pid: 0, uid: overflow, gid: overflow }

  it('receives the overflow ids and a pidfd of the process', async () => {
    const { said, afterwards } = await received(userAndPid, ['credentials', 'pidfd'], byOther)
    expect(said).toMatchObject({
      credentials: nobody, peerCredentials: nobody, handle: { pid: 0, alive: true, info: null }, peer: { pid: 0, alive: true },
    })
    expect(afterwards).toMatchObject({ alive: false })
  })

  it('receives the overflow ids without a pidfd too, as explicit credentials', async () => {
    const { said } = await received(userAndPid, ['credentials'], byOther)
    expect(said).toMatchObject({ credentials: nobody, handle: null })
  })

  it('receives the pid if only the user is not mapped', async () => {
    const { pid, said, afterwards } = await received(user, ['credentials', 'pidfd'], byOther)
    const info = expect.stringMatching(/^node/) as string // a thread of Node 26 is called node-MainThread
    expect(said).toMatchObject({
      credentials: { pid, uid: overflow, gid: overflow }, peerCredentials: { pid, uid: overflow, gid: overflow },
      handle: { pid, alive: true, info, signal: 'EPERM' }, peer: { pid, alive: true, info },
    })
    // A zombie for as long as we have not waited for it, and then nobody: both are an end.
    expect(afterwards).toMatchObject({ alive: false })
  })
})

withPeer(['namespaces', 'python3'], 'a sender in its own pid and user namespace', () => {
  it('is identified by its pid and user in our namespaces', async () => {
    const { name, socket } = listen('seqpacket', [credentials, pidfd])
    const process_ = start([...userAndPid, 'python3', '-B', 'test/identities/sender.py', name, '--type', 'seqpacket'])
    const connection = await of(process_, socket.accept())
    using message = await connection.receive()
    const handle = message!.get(pidfd) as Pidfd
    const who = message!.get(credentials)!
    // It believes to be pid 1, and root.
    expect(who).toEqual({ pid: handle.pid, uid: process.getuid!(), gid: process.getgid!() })
    expect(handle.info()).toMatchObject({ pid: who.pid, ppid: process_.pid, comm: expect.stringMatching(/^python/) as string })
    expect(connection.peerCredentials()).toEqual(who)
    handle.signal('SIGKILL')
    await handle.exited()
    for (const open of [connection, socket]) await open.close()
    await process_.stop()
  })
})

withPeer('python3', 'a message that was queued before its socket was adopted', () => {
  it('has no credentials, instead of the placeholders of the kernel', async () => {
    const { socketpair, sendmsg, constants } = await import('../../src/libc.ts')
    const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_DGRAM)
    sendmsg(a, { buffers: [Buffer.from('early')] })
    using here = MessageSocket.adopt(a)
    using there = MessageSocket.adopt(b, { receive: [credentials, pidfd] })
    using early = there.receiveNow()!
    expect([String(early.data), early.get(credentials), early.get(pidfd)]).toEqual(['early', undefined, undefined])
    here.sendNow('late')
    using late = there.receiveNow()!
    expect(late.get(credentials)).toEqual({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() })
    expect(OTHER.uid).not.toBe(overflow)
  })
})
