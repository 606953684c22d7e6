/**
 * Memory files, pipes, and requests to devices.
 * @module
 */
import { constants, constantsByTarget } from '../../generated/constants.ts'
import { hostAbi } from '../abi/abi.ts'
import { isBytes } from '../abi/bytes.ts'
import { intSize } from '../abi/scalars.ts'
import { bytes, descriptor, flagBits, integer, succeeded, text } from '../arguments.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'

const { MFD_CLOEXEC, O_CLOEXEC } = constants
const SYS_ioctl = constantsByTarget.SYS_ioctl[hostAbi().target]
/** NAME_MAX without the `memfd:` that the kernel puts in front (mm/memfd.c). */
const maxMemfdName = constants.NAME_MAX - 'memfd:'.length
/** A request encodes the size of its argument in 14 bits (asm-generic/ioctl.h): no struct is larger. */
const ioctlRoom = 1 << 14

/**
 * memfd_create(2): creates a file in memory, for data that is too large for a message or that the receiver maps. `MFD_CLOEXEC` is
 * always added to `flags`. With `MFD_ALLOW_SEALING` its size and content can be sealed, which the receiver can check:
 * `F_SEAL_*` with {@link fcntl}. Linux 3.17.
 * @param name shown in /proc/PID/fd, at most 249 bytes; several files may have the same name
 * @throws SystemError EINVAL: an unknown flag; EMFILE: RLIMIT_NOFILE is reached; ENOMEM
 * @throws RangeError `ERR_CMSG_OUT_OF_RANGE` for a name that is too long or contains a NUL
 * @see https://man7.org/linux/man-pages/man2/memfd_create.2.html
 * @example
 * import { writeSync } from 'node:fs'
 * import { close, constants, fcntl, memfd_create } from 'cmsg/libc'
 *
 * const { MFD_ALLOW_SEALING, F_ADD_SEALS, F_GET_SEALS, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE } = constants
 * const fd = memfd_create('frame', MFD_ALLOW_SEALING)
 * writeSync(fd, 'pixels')
 * fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
 * fcntl(fd, F_GET_SEALS) // 14
 * close(fd)
 */
export function memfd_create(name: string, flags = 0): number {
  const given = text('memfd_create', 'name', name, 0, maxMemfdName)
  const bits = flagBits('memfd_create', flags) | MFD_CLOEXEC
  const { address, bytes: memory } = scratch(given.length + 1)
  memory.set(given)
  memory[given.length] = 0
  return succeeded(sys.call('memfd_create', address, bits >>> 0), 'memfd_create')
}

/**
 * pipe2(2): creates a pipe, and returns the descriptors of its read end and its write end. `O_CLOEXEC` is always added to `flags`;
 * add `O_NONBLOCK` for ends that never block. Linux 2.6.27.
 * @throws SystemError EINVAL: an unknown flag; EMFILE: RLIMIT_NOFILE is reached
 * @see https://man7.org/linux/man-pages/man2/pipe.2.html
 * @example
 * import { readFileSync, writeSync } from 'node:fs'
 * import { close, pipe2 } from 'cmsg/libc'
 *
 * const [read, write] = pipe2()
 * writeSync(write, 'hello')
 * close(write)
 * String(readFileSync(read)) // 'hello'
 * close(read)
 */
export function pipe2(flags = 0): [read: number, write: number] {
  const bits = flagBits('pipe2', flags) | O_CLOEXEC
  const { address, view } = scratch(2 * intSize)
  succeeded(sys.call('pipe2', address, bits), 'pipe2')
  return [view.getInt32(0, true), view.getInt32(intSize, true)]
}

/**
 * ioctl(2): makes a request whose argument is an int or a struct. Passes the address of a copy of `value` to the kernel, and returns
 * the copy after the call: an int if `value` is a number or absent, otherwise as many bytes as `value` has.
 *
 * | request | the int |
 * |---|---|
 * | `SIOCINQ`, `FIONREAD` | bytes that can be received; for a datagram socket, those of the next message |
 * | `SIOCOUTQ` | bytes that were sent but have not been acknowledged (TCP) or received (Unix) |
 * | `SIOCATMARK` | 1 if the next byte of the stream is the urgent one, otherwise 0 |
 * | `FIONBIO` | `value` 1 makes the descriptor non-blocking, 0 blocking |
 *
 * Requests whose argument is not an address, or whose struct contains pointers (`SIOCGIFCONF`, `SIOCETHTOOL`), are not possible.
 * @throws SystemError ENOTTY: the file does not know the request; EINVAL, EBADF
 * @throws RangeError `ERR_CMSG_OUT_OF_RANGE` for more than 16,384 bytes
 * @see https://man7.org/linux/man-pages/man2/ioctl.2.html
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 * @example
 * import { close, constants, ioctl, sendmsg, socketpair } from 'cmsg/libc'
 *
 * const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_DGRAM)
 * sendmsg(a, { buffers: [Buffer.from('hello')] })
 * ioctl(b, constants.SIOCINQ) // 5
 * close(a)
 * close(b)
 */
export function ioctl(fd: number, request: number, value?: number): number
export function ioctl(fd: number, request: number, value: Uint8Array): Buffer
export function ioctl(fd: number, request: number, value: number | Uint8Array = 0): number | Buffer {
  descriptor('ioctl', fd)
  integer('ioctl', 'request', request, 0, 2 ** 32 - 1)
  const given =
    isBytes(value) ? bytes('ioctl', 'value', value, ioctlRoom) : new Uint8Array(Int32Array.of(integer('ioctl', 'value', value)).buffer)
  // Larger than `value`, because a request may write more than it was given.
  const { address, bytes: memory, view } = scratch(ioctlRoom)
  memory.fill(0, given.length, ioctlRoom)
  memory.set(given)
  succeeded(sys.restart('syscall', SYS_ioctl, fd, request, address, 0, 0, 0), 'ioctl')
  return isBytes(value) ? Buffer.from(memory.subarray(0, given.length)) : view.getInt32(0, true)
}
