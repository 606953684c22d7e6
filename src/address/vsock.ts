/**
 * `struct sockaddr_vm`: virtual machines and their host.
 * @see https://man7.org/linux/man-pages/man7/vsock.7.html
 * @module
 */
import { AF_VSOCK } from '../../generated/constants.ts'
import { viewOf } from '../abi/bytes.ts'
import { structs } from '../abi/structs.ts'
import { addressInteger } from './integer.ts'

/** An address of AF_VSOCK: the context id of a machine (`VMADDR_CID_*`), and a 32-bit port (`VMADDR_PORT_ANY`). */
export interface VsockAddress {
  readonly cid: number
  readonly port: number
  /** `svm_flags`, such as `VMADDR_FLAG_TO_HOST`; 0 if absent. Linux 5.11. */
  readonly flags?: number | undefined
}

/** Writes a `struct sockaddr_vm`. */
export function encodeVsock({ cid, port, flags = 0 }: VsockAddress): Uint8Array {
  const { sockaddr_vm } = structs
  const bytes = new Uint8Array(sockaddr_vm.size)
  sockaddr_vm.write(viewOf(bytes), 0, {
    svm_family: AF_VSOCK, svm_reserved1: 0, svm_port: addressInteger('a vsock port', port, 32),
    svm_cid: addressInteger('a vsock context id', cid, 32), svm_flags: addressInteger('vsock flags', flags, 8), svm_zero: new Uint8Array(0),
  })
  return bytes
}

/** Reads a `struct sockaddr_vm`. */
export function decodeVsock(view: DataView): VsockAddress {
  const { svm_cid: cid, svm_port: port, svm_flags: flags } = structs.sockaddr_vm.read(view)
  return { cid, port, ...(flags === 0 ? {} : { flags }) }
}

/** Formats like ss(8). */
export const formatVsock = ({ cid, port }: VsockAddress): string =>
  `vsock:${addressInteger('a vsock context id', cid, 32)}:${addressInteger('a vsock port', port, 32)}`
