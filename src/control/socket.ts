/**
 * Control messages of level SOL_SOCKET.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import type { Abi } from '../abi/abi.ts'
import { viewOf } from '../abi/bytes.ts'
import { structs } from '../abi/structs.ts'
import { invalidType, outOfRange, show } from '../errors.ts'
import { defineControlMessage, type ControlMessage } from './define.ts'

const { SOL_SOCKET, SCM_CREDENTIALS, SCM_RIGHTS, SCM_MAX_FD, SO_PASSCRED, INT_MAX } = constants

/** `struct ucred`: who a process is. */
export interface Credentials {
  /** Process id, as the receiver's pid namespace numbers it. 0: unknown, or not visible from there; never "root". */
  readonly pid: number
  /** Real user id, unless the sender stated another it may. 65534: not mapped in the receiver's user namespace. */
  readonly uid: number
  /** Real group id, unless the sender stated another it may. */
  readonly gid: number
}

/**
 * `SCM_CREDENTIALS`: the process that sent the message. AF_UNIX (AF_NETLINK too), Linux 2.2.
 *
 * Payload: `struct ucred`, 12 bytes. Received when `SO_PASSCRED` is on at the receiver; the sender need not do
 * anything. Sent explicitly, it may state: its own pid, or with CAP_SYS_ADMIN that of any living process; its real,
 * effective or saved uid and gid, or with CAP_SETUID and CAP_SETGID any. Else `sendmsg` fails with EPERM; with ESRCH
 * for a pid nobody has; with EINVAL for an id that is not mapped.
 *
 * Two of them in one message: the last one wins. What a message carries that was queued before SO_PASSCRED was on is
 * `{ pid: 0, uid: 65534, gid: 65534 }`, and a stream's end of file comes with `{ pid: 0, uid: 0, gid: 0 }`.
 *
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 * @example
 * import { credentials, encodeControl } from 'cmsg/codec'
 *
 * encodeControl([credentials({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() })])
 */
export const credentials: ControlMessage<'credentials', Credentials, Credentials> = defineControlMessage({
  kind: 'credentials', level: SOL_SOCKET, type: SCM_CREDENTIALS, family: ['unix', 'netlink', 'bluetooth'],
  layout: structs.ucred,
  receive: { size: structs.ucred.size, option: SO_PASSCRED },
})

const intSize = Int32Array.BYTES_PER_ELEMENT

/**
 * `SCM_RIGHTS`: open file descriptors. AF_UNIX only, Linux 2.2.
 *
 * Payload: `int fd[n]`, 4·n bytes, n at most `SCM_MAX_FD` (253) in one message, however many control messages they are
 * spread over. Nothing has to be turned on to receive them. Here they are plain numbers: once received, they are open
 * in this process and yours to close, every one of them, those of a peek too. `CMSG_SPACE` of one has room for two.
 *
 * On a stream at least one byte of data must go along, or the kernel drops them without a word. EBADF: one is not open.
 * ETOOMANYREFS: more are under way, sent and not received, than RLIMIT_NOFILE allows.
 *
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 * @example
 * import { decodeControl, encodeControl, rights } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([rights([0, 1])]))
 * if (message?.kind === 'rights') console.log(message.value) // [0, 1]
 */
export const rights: ControlMessage<'rights', readonly number[], number[]> = defineControlMessage({
  kind: 'rights', level: SOL_SOCKET, type: SCM_RIGHTS, family: 'unix',
  minSize: 0,
  receive: { size: SCM_MAX_FD * intSize },
  encode(fds: readonly number[], { littleEndian }: Abi) {
    if (!Array.isArray(fds)) throw invalidType(`Cannot send ${show(fds)} as file descriptors: expected an array of numbers`)
    if (fds.length > SCM_MAX_FD) throw outOfRange(`Cannot send ${fds.length} file descriptors in one message: the kernel's limit is ${SCM_MAX_FD}`)
    const bytes = new Uint8Array(fds.length * intSize)
    const view = new DataView(bytes.buffer)
    fds.forEach((fd: unknown, i) => {
      if (typeof fd !== 'number') throw invalidType(`Cannot send ${show(fd)} as a file descriptor: expected a number`)
      if (!Number.isInteger(fd) || fd < 0 || fd > INT_MAX) throw outOfRange(`Cannot send ${fd} as a file descriptor: expected an integer from 0 to ${INT_MAX}`)
      view.setInt32(i * intSize, fd, littleEndian)
    })
    return bytes
  },
  decode(data, { littleEndian }) {
    const view = viewOf(data)
    return Array.from({ length: Math.floor(data.length / intSize) }, (_, i) => view.getInt32(i * intSize, littleEndian))
  },
})
