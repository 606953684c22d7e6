/**
 * AF_NETLINK: credentials are what the kernel says. Those of the kernel itself have the pid 0, and in a user namespace the
 * ids of nobody: they are no less real.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { MessageSocket, credentials, netlinkPacketInfo } from 'cmsg'
import * as libc from 'cmsg/libc'
import { equal, run } from '../support/checks.ts'
import { bytesOf, constants } from '../support/layout.ts'
import { Peer } from '../support/peer.ts'

const { AF_NETLINK, SOCK_RAW, SOCK_DGRAM, NETLINK_ROUTE, NETLINK_USERSOCK, SOL_SOCKET, SO_PASSCRED } = constants

/** struct nlmsghdr and struct rtgenmsg: RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP */
const request = bytesOf({ length: 'u32', type: 'u16', flags: 'u16', seq: 'u32', pid: 'u32', family: 'u8', pad: ['u8', 3] },
  { length: 20, type: 18, flags: 0x301, seq: 1, pid: 0, family: 0, pad: new Uint8Array(3) })

/** The credentials of the kernel: [pid, uid, gid]. `on`: the option was on before the socket was adopted. */
async function ofKernel(on: boolean): Promise<(number | undefined)[]> {
  const fd = libc.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)
  if (on) libc.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, 1)
  const socket = MessageSocket.adopt(fd, { receive: [credentials, netlinkPacketInfo] })
  await socket.send(request)
  const message = (await socket.receive())!
  await socket.close()
  const by = message.get(credentials)
  return [by?.pid, by?.uid, by?.gid]
}

/** The same in a user namespace: this program there, and python3. */
function inNamespace(...args: string[]): unknown {
  const { stdout, stderr, status } = spawnSync('python3', ['-S', '-E', 'peers/netlink.py', ...args], { encoding: 'utf8', timeout: 60_000 })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

if (process.argv[2] === 'print') {
  process.stdout.write(JSON.stringify(await ofKernel(process.argv[3] === 'on')))
  process.exit(0)
}

await run({
  async 'names the kernel as it names itself'() {
    const expected = await new Peer('netlink').call<number[]>('kernel')
    equal(expected, [0, 0, 0])
    equal([await ofKernel(false), await ofKernel(true)], [expected, expected])
  },

  async 'names the kernel in a user namespace as python3 sees it, nobody'() {
    const program = 'import sys, json; sys.path.insert(0, "peers"); import netlink; print(json.dumps(netlink.kernel()))'
    equal(inNamespace('/bin/python3', '-S', '-E', '-c', program), [0, 65534, 65534])
    equal(['off', 'on'].map((option) => inNamespace(process.execPath, process.argv[1]!, 'print', option)), [
      [0, 65534, 65534], [0, 65534, 65534],
    ])
  },

  async 'names the process that sent'() {
    const peer = new Peer('netlink')
    const socket = MessageSocket.adopt(libc.socket(AF_NETLINK, SOCK_DGRAM, NETLINK_USERSOCK), { receive: [credentials] })
    // An unbound socket is bound by what it sends first, were it to nobody.
    socket.bind({
      family: AF_NETLINK, data: bytesOf({ pad: 'u16', pid: 'u32', groups: 'u32' }, { pad: 0, pid: 4711, groups: 0 }).subarray(2),
    })
    const waiting = socket.receive()
    await peer.call('send', 'hello', 4711)
    const message = (await waiting)!
    equal([message.data, message.get(credentials)], [Buffer.from('hello'), { pid: await peer.pid, uid: 0, gid: 0 }])
    await socket.close()
  },
})
