/**
 * Asks the kernel which file a Unix socket is bound to (sock_diag). Its name does not tell: another file may be at the path by now, and
 * a relative path may be resolved in another directory.
 * @see https://man7.org/linux/man-pages/man7/sock_diag.7.html
 * @module
 */
import { fstatSync, readlinkSync } from 'node:fs'
import { constants } from '../../../generated/constants.ts'
import { viewOf } from '../../abi/bytes.ts'
import { structs } from '../../abi/structs.ts'
import { attempt } from '../../errors.ts'
import { recvmsg, sendmsg } from '../../libc/messages.ts'
import { close, socket } from '../../libc/sockets.ts'

const {
  AF_UNIX, AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, UDIAG_SHOW_VFS, UNIX_DIAG_VFS, MSG_DONTWAIT,
} = constants
const { nlmsghdr, nlattr, unix_diag_req, unix_diag_msg, unix_diag_vfs } = structs

/** Stands for any state and any cookie: all bits. */
const any = 2 ** 32 - 1

/** A file as the kernel identifies it. */
interface Bound {
  /** The low 32 bits of its number. */
  readonly inode: number
  /** The device of its file system, in the kernel's own encoding. */
  readonly device: number
}

/** Returns the file. Undefined if the kernel does not tell: without sock_diag, and for a socket of another network namespace. */
function boundTo(fd: number): Bound | undefined {
  const request = Buffer.alloc(nlmsghdr.size + unix_diag_req.size)
  const view = viewOf(request)
  nlmsghdr.write(view, 0, {
    nlmsg_len: request.length, nlmsg_type: SOCK_DIAG_BY_FAMILY, nlmsg_flags: NLM_F_REQUEST, nlmsg_seq: 1, nlmsg_pid: 0,
  })
  unix_diag_req.write(view, nlmsghdr.size, {
    sdiag_family: AF_UNIX, sdiag_protocol: 0, pad: 0, udiag_states: any, udiag_ino: inodeOf(fd), udiag_show: UDIAG_SHOW_VFS,
    udiag_cookie: [any, any],
  })
  const diagnostics = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG)
  try {
    sendmsg(diagnostics, { buffers: [request] })
    // The answer is there as soon as the request was sent.
    return fileIn(viewOf(recvmsg(diagnostics, {}, MSG_DONTWAIT).data))
  } finally {
    close(diagnostics)
  }
}

/** The number of a socket's own inode. On Deno, fstatSync knows only Deno's own descriptors. */
function inodeOf(fd: number): number {
  const link = attempt(() => readlinkSync(`/proc/self/fd/${fd}`))
  const [, number] = /^socket:\[(\d+)\]$/.exec(link ?? '') ?? []
  return number === undefined ? fstatSync(fd).ino : Number(number)
}

/** The file in an answer, or undefined for an error and for a socket without a file. */
function fileIn(answer: DataView): Bound | undefined {
  const { nlmsg_len: length, nlmsg_type: type } = nlmsghdr.read(answer)
  if (type !== SOCK_DIAG_BY_FAMILY) return undefined
  for (let at = nlmsghdr.size + unix_diag_msg.size; at + nlattr.size <= length;) {
    const { nla_len: size, nla_type: attribute } = nlattr.read(answer, at)
    if (attribute === UNIX_DIAG_VFS) {
      const { udiag_vfs_ino: inode, udiag_vfs_dev: device } = unix_diag_vfs.read(answer, at + nlattr.size)
      return { inode, device }
    }
    if (size < nlattr.size) return undefined
    at += Math.ceil(size / nlattr.align) * nlattr.align
  }
  return undefined
}

/** The kernel's encoding of a device that stat(2) returned. */
function kernelDevice(device: bigint): bigint {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n)
  return (major << 20n) | minor
}

/**
 * True if a socket is bound to this very file. False also if the kernel does not tell, and on file systems for which stat(2) returns
 * another device than the kernel's own (btrfs, some overlays).
 */
export function isBoundTo(fd: number, file: { readonly inode: bigint; readonly device: bigint }): boolean {
  const bound = attempt(() => boundTo(fd))
  return bound !== undefined && BigInt.asUintN(32, file.inode) === BigInt(bound.inode) && kernelDevice(file.device) === BigInt(bound.device)
}
