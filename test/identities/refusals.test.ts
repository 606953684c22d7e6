/**
 * Refused credentials: the error says which were sent, and which capability they need.
 */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { MessageSocket, credentials } from '../../src/index.ts'
import { close, constants, encodeControl, sendmsg, socketpair } from '../../src/libc.ts'
import { ordinaryUser, OTHER, withPeer } from '../support/peers.ts'
import { start, typescript } from '../support/processes.ts'

const me = { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() }

/** What comes of stating each of these, under a user or in a namespace. */
const states = (under: readonly string[], ...stated: string[]): Promise<string[]> =>
  start([...under, ...typescript('test/identities/states.program.ts'), ...stated]).output()

const show = (pid: string | number, uid: number, gid: number): string => `credentials { pid: ${pid}, uid: ${uid}, gid: ${gid} }`

it('our own credentials are sent by default, and may be sent explicitly', async () => {
  expect(await states([], '::')).toEqual(['sent'])
})

withPeer('an ordinary user', 'as an ordinary user', () => {
  const { uid, gid } = ordinaryUser.length > 0 ? OTHER : me
  const pidNeeds = 'the pid of another process needs CAP_SYS_ADMIN'
  const uidNeeds = 'another uid needs CAP_SETUID'
  const gidNeeds = 'another gid needs CAP_SETGID'

  it('each foreign id is refused with EPERM and the capability that it needs', async () => {
    const [own, pid, user, group, all] = await states(ordinaryUser, '::', '1::', ':0:', '::0', '1:0:0')
    expect(own).toBe('sent')
    expect(pid).toBe(`sendmsg EPERM: not permitted to send ${show(1, uid, gid)}: ${pidNeeds}`)
    expect(user)
      .toMatch(new RegExp(`^sendmsg EPERM: not permitted to send credentials \\{ pid: \\d+, uid: 0, gid: ${gid} \\}: ${uidNeeds}$`))
    expect(group)
      .toMatch(new RegExp(`^sendmsg EPERM: not permitted to send credentials \\{ pid: \\d+, uid: ${uid}, gid: 0 \\}: ${gidNeeds}$`))
    expect(all).toBe(`sendmsg EPERM: not permitted to send ${show(1, 0, 0)}: ${pidNeeds}, ${uidNeeds}, ${gidNeeds}`)
  })

  it('a pid that does not exist is refused like any other, so the error does not reveal which pids exist', async () => {
    const dead = spawnSync('true').pid
    const [gone, zero] = await states(ordinaryUser, `${dead}::`, '0::')
    expect(gone).toContain(`sendmsg EPERM: not permitted to send ${show(dead, uid, gid)}`)
    expect(zero).toContain(`sendmsg EPERM: not permitted to send ${show(0, uid, gid)}`)
  })
})

withPeer('root', 'as root', () => {
  it('any credentials may be sent, if the process exists', async () => {
    const dead = spawnSync('true').pid
    expect(await states([], '1:2:3', '::4294967294', `${dead}::`, '0::')).toEqual([
      'sent', 'sent',
      `sendmsg ESRCH: cannot send ${show(dead, 0, 0)}: no process has this pid`,
      `sendmsg ESRCH: cannot send ${show(0, 0, 0)}: no process has this pid`,
    ])
  })

  it('the id -1 is refused with EINVAL', async () => {
    const [user, group] = await states([], ':4294967295:', '::4294967295')
    for (const error of [user, group]) {
      expect(error).toMatch(/^sendmsg EINVAL: cannot send credentials .*: the uid or gid does not exist in this user namespace/)
    }
  })

  it('any user is accepted without CAP_SYS_ADMIN, but no other pid, as in many containers', async () => {
    const [user, pid] = await states(['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin'], ':5:6', '1::')
    expect(user).toBe('sent')
    expect(pid).toBe(`sendmsg EPERM: not permitted to send ${show(1, 0, 0)}: the pid of another process needs CAP_SYS_ADMIN`)
  })

  it('a supplementary group is refused as foreign', async () => {
    const [group] = await states(['setpriv', `--reuid=${OTHER.uid}`, `--regid=${OTHER.gid}`, '--groups=2000'], '::2000')
    expect(group).toMatch(/^sendmsg EPERM: not permitted to send .*gid: 2000 \}: another gid needs CAP_SETGID$/)
  })

  it('an effective id is accepted without a capability', async () => {
    // Root's effective id, without any capability.
    const withoutAny = ['setpriv', `--ruid=${OTHER.uid}`, '--bounding-set=-all', '--inh-caps=-all']
    const [effective, real, neither] = await states(withoutAny, ':0:', `:${OTHER.uid}:`, ':5:')
    expect([effective, real]).toEqual(['sent', 'sent'])
    expect(neither).toMatch(/^sendmsg EPERM: not permitted to send .*uid: 5, .*: another uid needs CAP_SETUID$/)
  })
})

withPeer('namespaces', 'in a user namespace', () => {
  it('an id that is not mapped is refused with EINVAL and the reason', async () => {
    const [own, user, group] = await states(['unshare', '--user', '--map-root-user'], '::', ':5:', '::5')
    expect(own).toBe('sent')
    for (const error of [user, group]) {
      expect(error).toMatch(/^sendmsg EINVAL: cannot send credentials .*: the uid or gid does not exist in this user namespace/)
    }
  })
})

describe('the raw call', () => {
  it('fails with the same message', () => {
    const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_DGRAM)
    const stated = { pid: -1, uid: me.uid, gid: me.gid }
    const control = encodeControl([credentials(stated)])
    expect(() => sendmsg(a, { buffers: [Buffer.from('x')], control }))
      .toThrow(/^sendmsg (EPERM: not permitted to|ESRCH: cannot) send credentials \{ pid: -1, .*\}: /)
    close(a)
    close(b)
  })

  it('and so do calls that send many messages, for the first refused one', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [credentials] })
    using _a = a
    using _b = b
    const bad = { data: 'x', control: [credentials({ ...me, pid: -1 })] }
    await expect(a.sendMany([{ data: 'good' }, bad, { data: 'never' }])).rejects.toThrow(/ send credentials \{ pid: -1, .*\}: /)
    expect((await b.receiveMany()).map(({ data }) => String(data))).toEqual(['good'])
  })
})
