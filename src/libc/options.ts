/**
 * Socket options.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { isBytes } from '../abi/bytes.ts'
import { intSize } from '../abi/scalars.ts'
import { structs } from '../abi/structs.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import { bytes, descriptor, integer, succeeded } from '../arguments.ts'
import { invalidType, show } from '../errors.ts'

const { SOL_SOCKET, SO_GET_FILTER } = constants

/** Maximum size of an option in bytes, more than any has: SO_PEERGROUPS of a process in 65536 groups is 256 KiB. */
const maxSize = 1 << 20

/** The number of bytes that the kernel counts as 1 in the length of an option: that of a packet filter is counted in instructions. */
const unitOf = (level: number, option: number): number =>
  level === SOL_SOCKET && option === SO_GET_FILTER ? structs.sock_filter.size : 1

/**
 * setsockopt(2): sets an option to an int (most options) or to the bytes of its struct.
 * @throws SystemError ENOPROTOOPT: unknown to this kernel or this kind of socket; EINVAL, EPERM, EDOM
 * @see https://man7.org/linux/man-pages/man2/setsockopt.2.html
 * @example
 * import { close, constants, setsockopt, socket } from 'cmsg/libc'
 *
 * const fd = socket(constants.AF_UNIX, constants.SOCK_DGRAM)
 * setsockopt(fd, constants.SOL_SOCKET, constants.SO_PASSCRED, 1)
 * close(fd)
 */
export function setsockopt(fd: number, level: number, option: number, value: number | boolean | Uint8Array): void {
  descriptor('setsockopt', fd)
  integer('setsockopt', 'level', level)
  integer('setsockopt', 'option', option)
  if (typeof value !== 'number' && typeof value !== 'boolean' && !isBytes(value)) {
    throw invalidType(`Cannot call setsockopt with value ${show(value)}: expected a number, true, false or a Uint8Array`)
  }
  const data = isBytes(value) ? bytes('setsockopt', 'value', value, maxSize)
    : new Uint8Array(Int32Array.of(integer('setsockopt', 'value', typeof value === 'boolean' ? Number(value) : value)).buffer)
  const arena = scratch(data.length)
  arena.bytes.set(data)
  succeeded(sys.call('setsockopt', fd, level, option, arena.address, data.length), 'setsockopt')
}

/**
 * getsockopt(2): returns an option as an int; with `size`, as up to that many bytes; with `question`, for options that take input,
 * as up to as many bytes as the question has. The kernel reads the question from the buffer for its answer: for `IP_MSFILTER`, a
 * `struct ip_msfilter` with the group, the interface and the number of sources that fit.
 * @throws SystemError ENOPROTOOPT: unknown to this kernel or this kind of socket; ERANGE: it needs more than `size` bytes
 * @see https://man7.org/linux/man-pages/man2/getsockopt.2.html
 * @example
 * import { close, constants, getsockopt, socket } from 'cmsg/libc'
 *
 * const fd = socket(constants.AF_UNIX, constants.SOCK_DGRAM)
 * getsockopt(fd, constants.SOL_SOCKET, constants.SO_TYPE) // 2
 * getsockopt(fd, constants.SOL_SOCKET, constants.SO_PEERCRED, 12).length // 12
 * close(fd)
 */
export function getsockopt(fd: number, level: number, option: number): number
export function getsockopt(fd: number, level: number, option: number, size: number): Buffer
export function getsockopt(fd: number, level: number, option: number, question: Uint8Array): Buffer
export function getsockopt(fd: number, level: number, option: number, size?: number | Uint8Array): number | Buffer
export function getsockopt(fd: number, level: number, option: number, size?: number | Uint8Array): number | Buffer {
  descriptor('getsockopt', fd)
  integer('getsockopt', 'level', level)
  integer('getsockopt', 'option', option)
  if (size !== undefined && typeof size !== 'number' && !isBytes(size)) {
    throw invalidType(`Cannot call getsockopt with size ${show(size)}: expected a number, or a Uint8Array with a question`)
  }
  const question = isBytes(size) ? bytes('getsockopt', 'question', size, maxSize) : undefined
  const length = question?.length ?? (size === undefined ? intSize : integer('getsockopt', 'size', size, 0, maxSize))
  const unit = unitOf(level, option)
  const lengthAt = Math.ceil(length / intSize) * intSize
  const { address, bytes: memory, view } = scratch(lengthAt + intSize)
  memory.fill(0, question?.length ?? 0, lengthAt)
  if (question !== undefined) memory.set(question)
  view.setUint32(lengthAt, Math.floor(length / unit), true)
  succeeded(sys.call('getsockopt', fd, level, option, address, address + lengthAt), 'getsockopt')
  if (size === undefined) return view.getInt32(0, true)
  return Buffer.from(memory.subarray(0, Math.min(length, unit * view.getUint32(lengthAt, true))))
}
