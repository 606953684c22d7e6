/**
 * Computes the truncation by a small receive buffer, by the rules of the kernel's put_cmsg() and scm_detach_fds().
 * @module
 */
import { SOL_SOCKET, SCM_RIGHTS, SCM_PIDFD, SCM_DEVMEM_LINEAR, SCM_DEVMEM_DMABUF } from '../../generated/constants.ts'
import type { Abi } from '../../src/abi/abi.ts'
import { viewOf } from '../../src/abi/bytes.ts'
import { CMSG_LEN, CMSG_SPACE, cmsghdrOf, writeCmsghdr } from '../../src/abi/cmsg.ts'
import { intSize } from '../../src/abi/scalars.ts'

/** A control message that the kernel has for a receiver. */
export interface Pending { readonly level: number; readonly type: number; readonly payload: Uint8Array }

/** The result for one control message. */
export interface Delivery {
  readonly outcome: 'whole' | 'cut' | 'lost'
  /** The cmsg_len that the receiver sees; 0 if the message was dropped. */
  readonly length: number
  /** Bytes of the payload that were delivered. */
  readonly payload: number
}

export interface Received {
  readonly deliveries: readonly Delivery[]
  /** The buffer after recvmsg(), msg_controllen bytes long. */
  readonly control: Uint8Array
  /** MSG_CTRUNC. */
  readonly truncated: boolean
  /** True if recvmsg() fails, so that memory of a device is not lost. */
  readonly fails: boolean
}

/**
 * Computes the result of recvmsg() with `room` bytes of msg_control. A payload is cut off, and cmsg_len has the remaining size. Only
 * whole descriptors are delivered, and a pidfd is delivered or not. Without room for its header, a message is dropped.
 */
export function receiveInto(messages: readonly Pending[], room: number, abi: Abi): Received {
  const header = cmsghdrOf(abi)
  const control = new Uint8Array(room)
  const view = viewOf(control)
  let at = 0
  let truncated = false
  let fails = false
  const lost: Delivery = { outcome: 'lost', length: 0, payload: 0 }
  const deliveries = messages.map(({ level, type, payload }): Delivery => {
    const left = room - at
    const of = (other: number): boolean => level === SOL_SOCKET && type === other
    const most = Math.max(0, left - header.size)
    const fits = of(SCM_RIGHTS) ? wholeDescriptors(Math.min(most, payload.length)) : Math.min(most, payload.length)
    // If there are no descriptors, the kernel creates no control message.
    if (of(SCM_RIGHTS) && payload.length === 0) return lost
    if (fits < payload.length || left < header.size) truncated = true
    if (fits < payload.length && (of(SCM_DEVMEM_LINEAR) || of(SCM_DEVMEM_DMABUF))) fails = true
    if (left < header.size || (of(SCM_RIGHTS) && fits === 0) || (of(SCM_PIDFD) && fits < payload.length)) return lost
    const length = CMSG_LEN(fits, abi)
    writeCmsghdr(view, at, length, level, type, header)
    control.set(payload.subarray(0, fits), at + header.size)
    // A cut payload uses all remaining space; descriptors use the space of those that were delivered.
    at += Math.min(left, CMSG_SPACE(of(SCM_RIGHTS) ? fits : payload.length, abi))
    return { outcome: fits < payload.length ? 'cut' : 'whole', length, payload: fits }
  })
  return { deliveries, control: control.slice(0, at), truncated, fails }
}

const wholeDescriptors = (bytes: number): number => bytes - (bytes % intSize)
