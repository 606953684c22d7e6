/**
 * Examples for the view Explain: one for each notation, and some with mistakes.
 * @module
 */
import type { Target } from '../../src/abi/abi.ts'
import type { Family } from '../../src/control/define.ts'

export interface Example {
  readonly title: string
  readonly about: string
  readonly text: string
  readonly target: Target
  readonly family?: Family
}

const x86 = 'x86_64-linux-gnu'

export const examples: readonly Example[] = [
  {
    title: 'Hex', about: 'The credentials that a receiver got with a datagram.', target: x86, family: 'unix',
    text: '1c000000 00000000 01000000 02000000\n67120000 e8030000 e8030000 00000000',
  },
  {
    title: 'gdb', about: 'A buffer in a debugger, printed by x/24xb: a descriptor is passed.', target: x86, family: 'unix',
    text: [
      '0x7fffffffe3c0:\t0x14\t0x00\t0x00\t0x00\t0x00\t0x00\t0x00\t0x00', '0x7fffffffe3c8:\t0x01\t0x00\t0x00\t0x00\t0x01\t0x00\t0x00\t0x00',
      '0x7fffffffe3d0:\t0x07\t0x00\t0x00\t0x00\t0x00\t0x00\t0x00\t0x00',
    ].join('\n'),
  },
  {
    title: 'strace', about: 'A line of strace with the message that a program received.', target: x86,
    text: 'recvmsg(3, {msg_name={sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("192.0.2.1")}, msg_namelen=16, '
      + 'msg_iov=[{iov_base="x", iov_len=1}], msg_iovlen=1, '
      + 'msg_control=[{cmsg_len=20, cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=[64]}, {cmsg_len=28, '
      + 'cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO, cmsg_data={ipi_ifindex=if_nametoindex("lo"), '
      + 'ipi_spec_dst=inet_addr("192.0.2.7"), ipi_addr=inet_addr("192.0.2.7")}}], msg_controllen=56, msg_flags=0}, 0) = 1',
  },
  {
    title: 'A big-endian machine', about: 'A dump by xxd from s390x: a timestamp with its payload of two longs.', target: 's390x-linux-gnu',
    text: '00000000: 0000 0000 0000 0020 0000 0001 0000 001d  ....... ........\n'
      + '00000010: 0000 0000 6553 f100 0000 0000 0001 e240  ....eS.........@',
  },
  {
    title: 'A mistake in cmsg_len', about: 'CMSG_SPACE was stored where CMSG_LEN belongs: the receiver gets a descriptor too many.',
    target: x86, family: 'unix',
    text: String.raw`"\x18\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\x07\0\0\0\0\0\0\0"`,
  },
  {
    title: 'A buffer that is too large',
    about: 'msg_controllen is the size of the array, and the rest is zero: sendmsg fails with EINVAL.', target: x86, family: 'unix',
    text: `1c000000 00000000 01000000 02000000 67120000 e8030000 e8030000 00000000\n${'00000000 '.repeat(8).trim()}`,
  },
]
