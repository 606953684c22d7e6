/**
 * `struct sockaddr_un`: pathnames, abstract names and unnamed sockets.
 *
 * The length is part of the address. A pathname includes its NUL, except one of 108 bytes, which fills sun_path: the kernel accepts
 * it and then reports a length of 111, one more than the struct. An abstract name begins with a NUL, ends where the length says, and
 * may contain NULs. An unnamed socket has no sun_path.
 *
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 * @module
 */
import { AF_UNIX } from '../../generated/constants.ts'
import { hostAbi } from '../abi/abi.ts'
import { copyOf, isBytes, plainView } from '../abi/bytes.ts'
import { structs } from '../abi/structs.ts'
import { decodeStrictly, decodeText } from '../abi/text.ts'
import { invalidAddress, invalidType, show } from '../misuse.ts'

/** A Unix socket in the file system. A pathname that is not UTF-8 is given as bytes. */
export interface PathAddress { readonly path: string | Uint8Array }
/** A Unix socket in Linux's abstract namespace; the name without C's leading NUL. */
export interface AbstractAddress { readonly abstract: string | Uint8Array }
/** A Unix socket without a name. Binding to it is autobind: the kernel picks an abstract name of five hex digits. */
export interface UnnamedAddress { readonly unnamed: true }
/** An address of a Unix socket. */
export type UnixAddress = PathAddress | AbstractAddress | UnnamedAddress

// Computed by calls that a bundler may leave out: a bundle that does not use addresses does not contain their structs.
const pathStart = /* @__PURE__ */ (() => structs.sockaddr_un.fields.sun_path.offset)()
const pathSize = /* @__PURE__ */ (() => structs.sockaddr_un.fields.sun_path.size)()

const encoder = /* @__PURE__ */ new TextEncoder()

function nameBytes(name: unknown, what: string): Uint8Array {
  if (typeof name === 'string') return encoder.encode(name)
  if (isBytes(name)) return plainView(name)
  throw invalidType(`Cannot use ${show(name)} as ${what}: expected a string or a Uint8Array`)
}

function sockaddr(sunPath: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, hostAbi().littleEndian)
  bytes.set(sunPath, pathStart)
  return bytes
}

/** Writes a `struct sockaddr_un` of exactly the length of the name. */
export function encodeUnix(address: UnixAddress): Uint8Array {
  if ('path' in address) {
    if ((address as Partial<AbstractAddress>).abstract !== undefined) {
      throw invalidAddress('Cannot use an address with both path and abstract: expected { path } or { abstract }')
    }
    const path = nameBytes(address.path, 'a pathname')
    if (path.length === 0) {
      throw invalidAddress('Cannot use an empty pathname as an address: use { unnamed: true } for an unnamed socket, or to autobind')
    }
    if (path.includes(0)) {
      throw invalidAddress(`Cannot use the pathname ${show(address.path)}: it contains a NUL; use { abstract } for an abstract name`)
    }
    if (path.length > pathSize) {
      throw invalidAddress(`Cannot use a pathname of ${path.length} bytes as an address: `
        + `the limit is ${pathSize}; use a shorter directory, or a relative path`)
    }
    return sockaddr(path, Math.min(pathStart + path.length + 1, pathStart + pathSize))
  }
  if ('abstract' in address) {
    const name = nameBytes(address.abstract, 'an abstract name')
    if (name.length > pathSize - 1) {
      throw invalidAddress(`Cannot use an abstract name of ${name.length} bytes as an address: the limit is ${pathSize - 1}`)
    }
    const withNul = new Uint8Array(1 + name.length)
    withNul.set(name, 1)
    return sockaddr(withNul, pathStart + withNul.length)
  }
  return sockaddr(new Uint8Array(0), pathStart)
}

/** Reads a `struct sockaddr_un`, whose length the kernel returned. */
export function decodeUnix(bytes: Uint8Array): UnixAddress {
  const name = bytes.subarray(pathStart, pathStart + pathSize)
  if (name.length === 0) return { unnamed: true }
  if (name[0] === 0) return { abstract: copyOf(name, 1) }
  const nul = name.indexOf(0)
  const path = nul < 0 ? name : name.subarray(0, nul)
  try {
    return { path: decodeStrictly(path) }
  } catch {
    return { path: copyOf(path) }
  }
}

/** Formats like `ss` and /proc/net/unix, which show the NULs of an abstract name as `@`. */
export function formatUnix(address: UnixAddress): string {
  const text = (name: string | Uint8Array, what: string): string =>
    (typeof name === 'string' ? name : decodeText(nameBytes(name, what)))
  if ('path' in address) return text(address.path, 'a pathname')
  if ('abstract' in address) return `@${text(address.abstract, 'an abstract name').replaceAll('\0', '@')}`
  return '(unnamed)'
}
