/**
 * The C declaration of a struct, line by line.
 * @module
 */
import type { AnyStruct } from '../../src/abi/types.ts'
import { cType } from '../../src/reference/layout.ts'

/** A line of a declaration, and the field it declares. */
export interface Line { readonly text: string; readonly field?: string }

// The headers' names of types, by struct and field, where they are not the plain type of that width.
const spelled: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ucred: { pid: 'pid_t pid', uid: 'uid_t uid', gid: 'gid_t gid' },
  cmsghdr: { cmsg_len: 'size_t cmsg_len', cmsg_level: 'int cmsg_level', cmsg_type: 'int cmsg_type' },
  msghdr: {
    msg_name: 'void *msg_name', msg_namelen: 'socklen_t msg_namelen', msg_iov: 'struct iovec *msg_iov', msg_iovlen: 'size_t msg_iovlen',
    msg_control: 'void *msg_control', msg_controllen: 'size_t msg_controllen', msg_flags: 'int msg_flags',
  },
  mmsghdr: { msg_len: 'unsigned int msg_len' },
  iovec: { iov_base: 'void *iov_base', iov_len: 'size_t iov_len' },
  sockaddr: { sa_family: 'sa_family_t sa_family', sa_data: 'char sa_data[14]' },
  sockaddr_un: { sun_family: 'sa_family_t sun_family', sun_path: 'char sun_path[108]' },
  sockaddr_in: { sin_family: 'sa_family_t sin_family', sin_port: 'in_port_t sin_port', sin_addr: 'struct in_addr sin_addr',
    sin_zero: 'unsigned char sin_zero[8]' },
  sockaddr_in6: { sin6_family: 'sa_family_t sin6_family', sin6_port: 'in_port_t sin6_port', sin6_addr: 'struct in6_addr sin6_addr' },
  in_pktinfo: { ipi_ifindex: 'int ipi_ifindex', ipi_spec_dst: 'struct in_addr ipi_spec_dst', ipi_addr: 'struct in_addr ipi_addr' },
  in6_pktinfo: { ipi6_addr: 'struct in6_addr ipi6_addr', ipi6_ifindex: 'unsigned int ipi6_ifindex' },
  linger: { l_onoff: 'int l_onoff', l_linger: 'int l_linger' },
  pollfd: { fd: 'int fd', events: 'short events', revents: 'short revents' },
  timeval: { tv_sec: 'time_t tv_sec', tv_usec: 'suseconds_t tv_usec' },
  timespec: { tv_sec: 'time_t tv_sec', tv_nsec: 'long tv_nsec' },
}

/** Returns the declaration of a field. */
export function fieldText(struct: AnyStruct, field: string): string {
  const known = spelled[struct.name]?.[field]
  if (known !== undefined) return known
  const [, type, array] = /^([^[]*?),?(\[\d*\])?(?:, big-endian)?$/.exec(cType(struct.fields[field]!.type).replace(/, big-endian/, ''))!
  return `${type!.trim()}${type!.endsWith('*') ? '' : ' '}${field}${array ?? ''}`
}

/** The fields whose type has the header's spelling. */
export const spelledFields: readonly (readonly [struct: string, field: string, text: string])[] =
  Object.entries(spelled).flatMap(([struct, fields]) => Object.entries(fields).map(([field, text]) => [struct, field, text] as const))

/** Returns `struct ucred { … };`, each field with its offset and size in bytes. A scalar is declared as a single field. */
export function declarationOf(struct: AnyStruct): Line[] {
  const fields = Object.keys(struct.fields)
  if (fields.length === 1 && fields[0] === 'value') return [{ text: `${cType(struct.fields.value!.type)} value;`, field: 'value' }]
  const texts = fields.map((field) => `${fieldText(struct, field)};`)
  const width = Math.max(...texts.map(({ length }) => length))
  const named = /^\w+$/.test(struct.name) ? `struct ${struct.name}` : 'struct'
  return [
    { text: `${named} {` },
    ...fields.map((field, i) => {
      const { offset, size } = struct.fields[field]!
      const isTail = struct.flexible && i === fields.length - 1
      const place = isTail ? `${offset}, the rest of the payload` : `${offset}, ${size} byte${size === 1 ? '' : 's'}`
      return { field, text: `    ${texts[i]!.padEnd(width)}  /* ${place} */` }
    }),
    { text: struct.flexible ? '};' : `};  /* sizeof: ${struct.size} */` },
  ]
}
