/**
 * The `CMSG_*` macros of cmsg(3), for any ABI, and the bounded walk that all readers of control bytes use.
 *
 * A control buffer is a sequence of `struct cmsghdr`, each followed by its payload and padded to the size of a word:
 *
 *     |<---------------- CMSG_SPACE(n) ---------------->|
 *     |<----------- CMSG_LEN(n) ----------->|           |
 *     | cmsg_len | cmsg_level | cmsg_type   | payload n | padding |
 *                                           ^ CMSG_DATA           ^ CMSG_NXTHDR
 *
 * @see https://man7.org/linux/man-pages/man3/cmsg.3.html
 * @module
 */
import { cmsghdr } from '../../generated/layouts.ts' // by name, so that a bundle contains only the layouts it needs
import { count, outOfRange, invalidType, show } from '../misuse.ts'
import { abis, checkAbi, hostAbi, type Abi, type Target } from './abi.ts'
import { checkedBytes, viewOf } from './bytes.ts'
import { variantOf } from './tables.ts'

/** Offsets of the fields of `struct cmsghdr`: numbers only, so that the walk allocates nothing. */
export interface CmsghdrLayout {
  readonly size: number
  readonly cmsg_len: number
  readonly cmsg_level: number
  readonly cmsg_type: number
  readonly wordSize: 4 | 8
  readonly littleEndian: boolean
}

const cmsghdrs = Object.fromEntries(
  Object.values(abis).map((abi): [string, CmsghdrLayout] => {
    const { size, fields } = variantOf(cmsghdr, abi)
    const { wordSize, littleEndian } = abi
    const [cmsg_len, cmsg_level, cmsg_type] = [fields.cmsg_len[0], fields.cmsg_level[0], fields.cmsg_type[0]]
    return [abi.target, { size, cmsg_len, cmsg_level, cmsg_type, wordSize, littleEndian }]
  }),
) as Record<Target, CmsghdrLayout>

/** The header's layout under an ABI. */
export const cmsghdrOf = (abi: Abi = hostAbi()): CmsghdrLayout => cmsghdrs[checkAbi(abi).target]

const largest = { 4: 2 ** 32 - 1, 8: Number.MAX_SAFE_INTEGER } as const
// Not `&`: it would cut at 32 bits.
const align = (bytes: number, wordSize: number): number => Math.ceil(bytes / wordSize) * wordSize

function sized(macro: string, n: number, bytes: (n: number, header: CmsghdrLayout) => number, abi: Abi): number {
  const header = cmsghdrOf(abi)
  if (typeof n !== 'number') throw invalidType(`Cannot compute ${macro}(${show(n)}): expected a number of bytes`)
  const limit = largest[header.wordSize]
  const result = bytes(n, header)
  if (!Number.isSafeInteger(n) || n < 0 || result > limit) {
    throw outOfRange(
      `Cannot compute ${macro}(${n}): the result must be a whole number of bytes from 0 to ${limit}, the size_t of ${abi.target}`,
    )
  }
  return result
}

/**
 * `CMSG_ALIGN(n)`: `n` bytes rounded up to whole words, of 8 bytes on LP64 and 4 on ILP32.
 * @throws RangeError if the result does not fit the `size_t` of that ABI
 */
export const CMSG_ALIGN = (n: number, abi: Abi = hostAbi()): number =>
  sized('CMSG_ALIGN', n, (n, { wordSize }) => align(n, wordSize), abi)

/**
 * `CMSG_LEN(n)`: the size of the header and `n` bytes of payload, which is the value of `cmsg_len`.
 * @throws RangeError if the result does not fit the `size_t` of that ABI
 */
export const CMSG_LEN = (n: number, abi: Abi = hostAbi()): number =>
  sized('CMSG_LEN', n, (n, { size, wordSize }) => align(size, wordSize) + n, abi)

/**
 * `CMSG_SPACE(n)`: the size of a control message with `n` bytes of payload: header, payload and padding. `msg_controllen`
 * must be exactly the sum of these: sixteen spare bytes cause EINVAL.
 * @throws RangeError if the result does not fit the `size_t` of that ABI
 *
 * @example
 * import { CMSG_LEN, CMSG_SPACE, abis, structs } from 'cmsg/codec'
 *
 * const abi = abis['x86_64-linux-gnu']
 * CMSG_LEN(structs.ucred.size, abi) // 28
 * CMSG_SPACE(structs.ucred.size, abi) // 32
 */
export const CMSG_SPACE = (n: number, abi: Abi = hostAbi()): number =>
  sized('CMSG_SPACE', n, (n, { size, wordSize }) => align(size, wordSize) + align(n, wordSize), abi)

/**
 * `CMSG_FIRSTHDR`: the offset of the first header, 0, or `undefined` when `control` is too short for one.
 */
export function CMSG_FIRSTHDR(control: Uint8Array, abi: Abi = hostAbi()): number | undefined {
  return checkedView('CMSG_FIRSTHDR', control).byteLength >= cmsghdrOf(abi).size ? 0 : undefined
}

/**
 * `CMSG_NXTHDR`: the offset of the header after the one at `offset`, or `undefined` when no whole header follows or
 * when the `cmsg_len` at `offset` is shorter than a header. As in glibc since 2.37, the contents of that next header
 * are not checked: its payload may end beyond the buffer, and `CMSG_DATA` stops at the end of the buffer.
 *
 * @example
 * import { CMSG_NXTHDR, abis, encodeControl, rights } from 'cmsg/codec'
 *
 * const abi = abis['x86_64-linux-gnu']
 * const control = encodeControl([rights([3]), rights([4])], { abi })
 * CMSG_NXTHDR(control, 0, abi) // 24
 * CMSG_NXTHDR(control, 24, abi) // undefined
 */
export function CMSG_NXTHDR(control: Uint8Array, offset: number, abi: Abi = hostAbi()): number | undefined {
  const header = cmsghdrOf(abi)
  const view = checkedView('CMSG_NXTHDR', control)
  headerAt('CMSG_NXTHDR', view, offset, header)
  const length = readWord(view, offset + header.cmsg_len, header)
  const next = offset + align(length, header.wordSize)
  return length >= header.size && next + header.size <= view.byteLength ? next : undefined
}

/**
 * `CMSG_DATA`: the payload of the control message at `offset`, as a view on `control`. It never extends beyond the
 * buffer, for any `cmsg_len`.
 *
 * @example
 * import { CMSG_DATA, CMSG_FIRSTHDR, CMSG_NXTHDR, credentials, encodeControl, rights } from 'cmsg/codec'
 *
 * const control = encodeControl([credentials({ pid: 1, uid: 0, gid: 0 }), rights([3])])
 * for (let at = CMSG_FIRSTHDR(control); at !== undefined; at = CMSG_NXTHDR(control, at)) {
 *   console.log(at, CMSG_DATA(control, at).length) // 0 12, then 32 4
 * }
 */
export function CMSG_DATA(control: Uint8Array, offset: number, abi: Abi = hostAbi()): Uint8Array {
  const header = cmsghdrOf(abi)
  const view = checkedView('CMSG_DATA', control)
  headerAt('CMSG_DATA', view, offset, header)
  const start = offset + header.size
  const end = offset + Math.min(readWord(view, offset + header.cmsg_len, header), view.byteLength - offset)
  return control.subarray(start, Math.max(start, end))
}

function checkedView(macro: string, control: Uint8Array): DataView {
  return viewOf(checkedBytes(control, `Cannot apply ${macro} to`))
}

function headerAt(macro: string, view: DataView, offset: number, { size }: CmsghdrLayout): void {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + size > view.byteLength) {
    throw outOfRange(
      `Cannot apply ${macro} at offset ${show(offset)}: `
      + `there is no header of ${size} bytes in ${count(view.byteLength, 'byte')} of control`,
    )
  }
}

/** Reads a `size_t`. Values above 2⁵³ lose their last digits, which does not affect comparisons with the length of a buffer. */
function readWord(view: DataView, at: number, { wordSize, littleEndian }: CmsghdrLayout): number {
  const first = view.getUint32(at, littleEndian)
  if (wordSize === 4) return first
  const second = view.getUint32(at + 4, littleEndian)
  return littleEndian ? second * 2 ** 32 + first : first * 2 ** 32 + second
}

/** Writes a `struct cmsghdr`. `length` is a result of CMSG_LEN, and fits 32 bits. */
export function writeCmsghdr(view: DataView, at: number, length: number, level: number, type: number, header: CmsghdrLayout): void {
  const { littleEndian, wordSize } = header
  const low = at + header.cmsg_len + (wordSize === 8 && !littleEndian ? 4 : 0)
  if (wordSize === 8) view.setUint32(at + header.cmsg_len + (littleEndian ? 4 : 0), 0, littleEndian)
  view.setUint32(low, length, littleEndian)
  view.setInt32(at + header.cmsg_level, level, littleEndian)
  view.setInt32(at + header.cmsg_type, type, littleEndian)
}

/**
 * Called by {@link walkControl} for each control message. `complete` is false if `cmsg_len` is impossible: less than a header, or
 * more than the bytes that are left. Then the payload is the rest of the buffer, and the walk ends.
 */
export type VisitControl = (level: number, type: number, start: number, end: number, complete: boolean) => void

/**
 * Walks the control messages in `view` from `start` to `end`. Everything that reads control bytes uses it, because the bytes may come
 * from anywhere: it reads nothing outside, advances by at least a header each time, and never throws. Fewer bytes than a header at the
 * end are the kernel's padding.
 */
export function walkControl(view: DataView, start: number, end: number, header: CmsghdrLayout, visit: VisitControl): void {
  let at = start
  while (at + header.size <= end) {
    const length = readWord(view, at + header.cmsg_len, header)
    const complete = length >= header.size && length <= end - at
    const level = view.getInt32(at + header.cmsg_level, header.littleEndian)
    const type = view.getInt32(at + header.cmsg_type, header.littleEndian)
    visit(level, type, at + header.size, complete ? at + length : end, complete)
    if (!complete) return
    // Bit operations are faster than a division, and work for lengths of up to 31 bits.
    at += length < 2 ** 30 ? (length + header.wordSize - 1) & -header.wordSize : align(length, header.wordSize)
  }
}
