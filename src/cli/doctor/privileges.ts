/**
 * Tests for `cmsg doctor` what needs a privilege.
 * @module
 */
import { readlinkSync } from 'node:fs'
import { constants } from '../../abi/constants.ts'
import { credentials } from '../../control/kinds/socket.ts'
import { SystemError } from '../../errors.ts'
import { getsockopt, setsockopt } from '../../libc/options.ts'
import { close, socket } from '../../libc/sockets.ts'
import { MessageSocket } from '../../socket/message-socket.ts'
import type { Finding } from './finding.ts'

const { AF_UNIX, AF_PACKET, SOCK_DGRAM, SOCK_RAW, SOL_SOCKET, SO_RCVBUFFORCE, SO_RCVBUF } = constants

export function tryPrivileges(): Finding[] {
  const { pid } = process
  const [uid, gid] = [process.getuid!(), process.getgid!()]
  const other = pid === 1 ? process.ppid : 1
  return [
    privilege('send the pid of another process', 'CAP_SYS_ADMIN', () => state({ pid: other, uid, gid })),
    privilege('send the uid of another user', 'CAP_SETUID', () => state({ pid, uid: uid + 1, gid })),
    privilege('send a group that this process is not in', 'CAP_SETGID', () => state({ pid, uid, gid: gid + 1 })),
    privilege('buffers beyond net.core.rmem_max', 'CAP_NET_ADMIN', () => withSocket((fd) => {
      setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, getsockopt(fd, SOL_SOCKET, SO_RCVBUF))
    })),
    privilege('packet sockets', 'CAP_NET_RAW', () => { close(socket(AF_PACKET, SOCK_RAW)) }),
    privilege('see which program a sender of another user runs', 'CAP_SYS_PTRACE', () => { readlinkSync(`/proc/${other}/exe`) }),
  ]

  function state(who: { pid: number; uid: number; gid: number }): void {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    try {
      a.sendNow('x', { control: [credentials(who)] })
    } finally {
      void a.close()
      void b.close()
    }
  }
}

function withSocket(body: (fd: number) => void): void {
  const fd = socket(AF_UNIX, SOCK_DGRAM)
  try {
    body(fd)
  } finally {
    close(fd)
  }
}

function privilege(name: string, capability: string, body: () => void): Finding {
  try {
    body()
    return { name, outcome: 'works', detail: 'permitted' }
  } catch (error) {
    const code = error instanceof SystemError ? error.code : (error as NodeJS.ErrnoException).code ?? ''
    const unmapped = code === 'EINVAL' ? 'it does not exist in this user namespace' : undefined
    return { name, outcome: 'refused', detail: unmapped ?? code, advice: `needs ${capability}: few programs do` }
  }
}
