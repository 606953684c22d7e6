/**
 * Control messages of level SOL_SOCKET that AF_UNIX sockets have: SCM_CREDENTIALS, SCM_RIGHTS, SCM_SECURITY, SCM_PIDFD,
 * SCM_INQ. (SO_TIMESTAMP and its like: timestamps.ts.)
 * @module
 */
import { constants } from '../../generated/constants.ts'
import type { Abi } from '../abi/abi.ts'
import { viewOf } from '../abi/bytes.ts'
import { defineStruct } from '../abi/struct.ts'
import { structs } from '../abi/structs.ts'
import { invalidType, outOfRange, show } from '../errors.ts'
import { defineControlMessage, type ControlMessage } from './define.ts'
import { once } from './values.ts'

const {
  SOL_SOCKET, SCM_CREDENTIALS, SCM_RIGHTS, SCM_MAX_FD, SCM_SECURITY, SCM_PIDFD, SCM_INQ, SO_PASSCRED, SO_PASSSEC, SO_PASSPIDFD, SO_INQ, INT_MAX,
} = constants

/** `struct ucred`: who a process is. */
export interface Credentials {
  /**
   * Process id, as the receiver's pid namespace numbers it. On AF_UNIX 0 is unknown, or not visible from there, and never
   * root; on AF_NETLINK it is the kernel.
   */
  readonly pid: number
  /** Real user id, unless the sender stated another it may. 65534: not mapped in the receiver's user namespace. */
  readonly uid: number
  /** Real group id, unless the sender stated another it may. */
  readonly gid: number
}

/** Where its fields are, on every target. */
const ucredOffsets = /* @__PURE__ */ once(() => {
  const { pid, uid, gid } = structs.ucred.fields
  return { pid: pid.offset, uid: uid.offset, gid: gid.offset }
})

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
export const credentials: ControlMessage<'credentials', Credentials, Credentials> = /* @__PURE__ */ defineControlMessage({
  kind: 'credentials', name: 'SCM_CREDENTIALS', level: SOL_SOCKET, type: SCM_CREDENTIALS, family: ['unix', 'netlink', 'bluetooth'], since: '2.2',
  layout: () => structs.ucred,
  part: 'every', takenBy: [{ family: ['unix', 'netlink'] }], atEnd: true,
  receive: { option: SO_PASSCRED, optionName: 'SO_PASSCRED', inherited: true },
  read(view, start, _end, { littleEndian }) {
    const { pid, uid, gid } = ucredOffsets()
    return { pid: view.getInt32(start + pid, littleEndian), uid: view.getUint32(start + uid, littleEndian), gid: view.getUint32(start + gid, littleEndian) }
  },
})

const intSize = 4 // int, on every target
const descriptors = /* @__PURE__ */ once(() => defineStruct({ fd: ['i32'] }, { name: 'int fd[]' }))

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
export const rights: ControlMessage<'rights', readonly number[], number[]> = /* @__PURE__ */ defineControlMessage({
  kind: 'rights', name: 'SCM_RIGHTS', level: SOL_SOCKET, type: SCM_RIGHTS, family: 'unix', since: '2.2',
  layout: descriptors,
  minSize: 0,
  receive: { get size() { return SCM_MAX_FD * intSize } },
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
  decode: (data, abi) => readDescriptors(viewOf(data), 0, data.length, abi),
  read: readDescriptors,
})

function readDescriptors(view: DataView, start: number, end: number, { littleEndian }: Abi): number[] {
  // As long as it will be: one that grows is given room for seventeen.
  const fds = new Array<number>(Math.floor((end - start) / intSize))
  for (let i = 0; i < fds.length; i++) fds[i] = view.getInt32(start + i * intSize, littleEndian)
  return fds
}

const decoder = /* @__PURE__ */ new TextDecoder()

export const label = /* @__PURE__ */ once(() => defineStruct({ label: ['char'] }, { name: 'char label[]' }))

/** A label without the NUL that some modules count. */
export function decodeLabel(data: Uint8Array): string {
  const nul = data.indexOf(0)
  // A copy: a TextDecoder refuses a view on shared memory.
  return decoder.decode(data.slice(0, nul < 0 ? data.length : nul))
}

/**
 * `SCM_SECURITY`: the security label of the sender, as the kernel's security module (SELinux, Smack, AppArmor) names it.
 * AF_UNIX, AF_NETLINK, AF_BLUETOOTH; on datagrams since Linux 2.6.18, on streams since 4.2. Only received: sending it is
 * EINVAL.
 *
 * Payload: the label, as long as the module makes it, often with a NUL at its end, which is cut off here. Received when
 * `SO_PASSSEC` is on, and then only where a module that labels is active. A label is at most a few hundred bytes; room
 * for 256 is reserved.
 *
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 */
export const security: ControlMessage<'security', never, string> = /* @__PURE__ */ defineControlMessage({
  kind: 'security', name: 'SCM_SECURITY', level: SOL_SOCKET, type: SCM_SECURITY, family: ['unix', 'netlink', 'bluetooth'], since: '2.6.18',
  minSize: 0,
  layout: label,
  atEnd: true,
  receive: { size: 256, option: SO_PASSSEC, optionName: 'SO_PASSSEC', inherited: true },
  decode: decodeLabel,
})

/**
 * `SCM_PIDFD`: the process that sent the message, as a descriptor that stays with it when its pid is used again. AF_UNIX,
 * Linux 6.5. Only received: sending it is EINVAL.
 *
 * Payload: `int`, 4 bytes: a descriptor, close-on-exec, open in this process and yours to close, or **a negative errno**
 * where the kernel could not make one (-24, EMFILE). Received when `SO_PASSPIDFD` is on. Nothing comes for a message that
 * was queued before, and none where there is no room for it. A sender that has been reaped has a pidfd since Linux 6.16.
 *
 * @see https://man7.org/linux/man-pages/man2/pidfd_open.2.html
 */
export const pidfd: ControlMessage<'pidfd', never, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'pidfd', name: 'SCM_PIDFD', level: SOL_SOCKET, type: SCM_PIDFD, family: 'unix', since: '6.5',
  direction: 'receive',
  layout: 'i32',
  meaning: { value: 'fd' },
  atEnd: true,
  receive: { option: SO_PASSPIDFD, optionName: 'SO_PASSPIDFD', inherited: true },
})

/**
 * `SCM_INQ`: how much is left to be read after this. AF_UNIX, SOCK_STREAM only, Linux 6.17. Only received.
 *
 * Payload: `int`, 4 bytes: bytes in the queue, those of this call not counted. Received when `SO_INQ` is on; setting that
 * on another type of socket is ENOPROTOOPT.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/asm-generic/socket.h
 * @example
 * import { decodeControl, encodeControl, inq, rawControl } from 'cmsg/codec'
 *
 * // As the kernel sends it: 5 bytes are left.
 * const control = encodeControl([rawControl(inq.level, inq.type, new Uint8Array(Int32Array.of(5).buffer))])
 * const [message] = decodeControl(control, { family: 'unix' })
 * if (message?.kind === 'inq') console.log(message.value) // 5
 */
export const inq: ControlMessage<'inq', never, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'inq', name: 'SCM_INQ', level: SOL_SOCKET, type: SCM_INQ, family: 'unix', since: '6.17',
  direction: 'receive',
  layout: 'i32',
  meaning: { value: 'bytes' },
  deliveredBy: [{ type: 'stream' }], atEnd: true,
  receive: { option: SO_INQ, optionName: 'SO_INQ', readable: false },
})
