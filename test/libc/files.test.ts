import { readFileSync, readlinkSync, writeSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  accept4, bind, close, connect, constants, encodeAddress, fcntl, getsockname, getsockopt, ioctl, listen, memfd_create, pipe2,
  recvmsg, sendmsg, setsockopt, socket, socketpair, structs, SystemError,
} from '../../src/libc.ts'
import { Arena } from '../../src/native/memory.ts'

const {
  AF_UNIX, AF_INET, SOCK_DGRAM, SOCK_STREAM, MFD_ALLOW_SEALING, F_ADD_SEALS, F_GET_SEALS, F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW,
  F_SEAL_WRITE, F_GETFD, F_GETFL, FD_CLOEXEC, O_NONBLOCK, SIOCINQ, SIOCOUTQ, SIOCATMARK, FIONBIO, SIOCGIFINDEX, MSG_OOB, SOL_IP,
  IP_MSFILTER, IP_ADD_SOURCE_MEMBERSHIP, MCAST_INCLUDE, SOL_SOCKET, SO_ATTACH_FILTER, SO_GET_FILTER,
} = constants

/** The class of an instruction that returns: `linux/bpf_common.h`. */
const BPF_RET = 6

const code = (run: () => unknown): string => {
  try {
    run()
    return 'none'
  } catch (error) {
    return error instanceof SystemError ? `${error.syscall} ${error.code}` : (error as { code: string }).code
  }
}

describe('memfd_create', () => {
  it('makes a file whose seals the kernel keeps', () => {
    const fd = memfd_create('a name', MFD_ALLOW_SEALING)
    try {
      expect(readlinkSync(`/proc/self/fd/${fd}`)).toBe('/memfd:a name (deleted)')
      expect(fcntl(fd, F_GETFD)).toBe(FD_CLOEXEC)
      writeSync(fd, 'content')
      const seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL
      fcntl(fd, F_ADD_SEALS, seals)
      expect(fcntl(fd, F_GET_SEALS)).toBe(seals)
      expect(() => writeSync(fd, 'more')).toThrow(/EPERM/)
      expect(code(() => fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE))).toBe('fcntl EPERM')
      expect(readFileSync(`/proc/self/fd/${fd}`, 'utf8')).toBe('content')
    } finally {
      close(fd)
    }
  })

  it('cannot be sealed without MFD_ALLOW_SEALING', () => {
    const fd = memfd_create('')
    expect(code(() => fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE))).toBe('fcntl EPERM')
    close(fd)
  })

  it('accepts a name of 249 bytes, and explains its refusal of others', () => {
    close(memfd_create('x'.repeat(249)))
    expect(() => memfd_create('ü'.repeat(125))).toThrow(/^Cannot call memfd_create with name .*: expected 0 to 249 bytes/)
    expect(() => memfd_create('a\0b')).toThrow(/without a NUL/)
    expect(code(() => memfd_create('x', 0x7000))).toBe('memfd_create EINVAL')
  })
})

describe('pipe2', () => {
  it('makes a pipe whose ends no child inherits', () => {
    const [read, write] = pipe2(O_NONBLOCK)
    writeSync(write, 'through')
    close(write)
    expect(String(readFileSync(read))).toBe('through')
    expect(fcntl(read, F_GETFD)).toBe(FD_CLOEXEC)
    expect(fcntl(read, F_GETFL) & O_NONBLOCK).toBe(O_NONBLOCK)
    close(read)
    expect(code(() => pipe2(0x7))).toBe('pipe2 EINVAL')
  })
})

/** Two ends of a TCP connection. */
function connection(): { client: number; server: number } & Disposable {
  const listener = socket(AF_INET, SOCK_STREAM)
  bind(listener, encodeAddress({ address: '127.0.0.1', port: 0 }))
  listen(listener)
  const client = socket(AF_INET, SOCK_STREAM)
  connect(client, getsockname(listener))
  const { fd: server } = accept4(listener)
  close(listener)
  return { client, server, [Symbol.dispose]() { close(client); close(server) } }
}

describe('ioctl', () => {
  it('returns the number of bytes to be received, and to be acknowledged', () => {
    const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
    expect([ioctl(b, SIOCINQ), ioctl(a, SIOCOUTQ)]).toEqual([0, 0])
    sendmsg(a, { buffers: [Buffer.alloc(1000)] })
    sendmsg(a, { buffers: [Buffer.alloc(10)] })
    expect(ioctl(b, SIOCINQ)).toBe(1000)
    // The kernel counts the memory, not the bytes.
    expect(ioctl(a, SIOCOUTQ)).toBeGreaterThan(1010)
    recvmsg(b)
    expect(ioctl(b, SIOCINQ)).toBe(10)
    close(a)
    close(b)
  })

  it('reports the position of the urgent byte of a TCP stream', () => {
    using c = connection()
    sendmsg(c.client, { buffers: [Buffer.from('a')] })
    sendmsg(c.client, { buffers: [Buffer.from('!')] }, MSG_OOB)
    expect(ioctl(c.server, SIOCATMARK)).toBe(0)
    expect(String(recvmsg(c.server, { size: 10 }).data)).toBe('a')
    expect(ioctl(c.server, SIOCATMARK)).toBe(1)
  })

  it('passes an int to the kernel, for FIONBIO', () => {
    const fd = socket(AF_UNIX, SOCK_DGRAM)
    ioctl(fd, FIONBIO, 1)
    expect(fcntl(fd, F_GETFL) & O_NONBLOCK).toBe(O_NONBLOCK)
    ioctl(fd, FIONBIO, 0)
    expect(fcntl(fd, F_GETFL) & O_NONBLOCK).toBe(0)
    close(fd)
  })

  it('passes a struct to the kernel, and returns as much of the answer as fits', () => {
    const fd = socket(AF_INET, SOCK_DGRAM)
    const ifreq = Buffer.alloc(40)
    ifreq.write('lo')
    const answer = ioctl(fd, SIOCGIFINDEX, ifreq)
    expect(answer.readInt32LE(16)).toBe(1)
    expect(ifreq.readInt32LE(16)).toBe(0)
    expect(ioctl(fd, SIOCGIFINDEX, ifreq.subarray(0, 3))).toHaveLength(3)
    close(fd)
  })

  it('fails with the name of the call, and refuses values that are too large', () => {
    const [read, write] = pipe2()
    expect(code(() => ioctl(read, SIOCATMARK))).toBe('ioctl ENOTTY')
    close(read)
    close(write)
    expect(code(() => ioctl(read, SIOCINQ))).toBe('ioctl EBADF')
    expect(() => ioctl(0, 0xffffffff, new Uint8Array(16385))).toThrow(/16385 bytes: the limit is 16384/)
    expect(() => ioctl(0, -1)).toThrow(/request -1: expected an integer from 0 to 4294967295/)
  })
})

describe('getsockopt', () => {
  it('returns a packet filter, whose length the kernel counts in instructions', () => {
    const fd = socket(AF_INET, SOCK_DGRAM)
    const count = 1000
    const program = new Arena(structs.sock_filter.size * count)
    for (let i = 0; i < count; i++) {
      structs.sock_filter.write(program.view, i * structs.sock_filter.size, { code: BPF_RET, jt: 0, jf: 0, k: i })
    }
    // struct sock_fprog: the number of instructions, and their address.
    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(BigUint64Array.of(BigInt(count), BigInt(program.address)).buffer))
    const expected = Buffer.from(program.bytes)
    program.release()
    expect(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, expected.length).equals(expected)).toBe(true)
    expect(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, expected.length + 100).equals(expected)).toBe(true)
    expect(code(() => getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, expected.length - 1))).toBe('getsockopt EINVAL')
    close(fd)
  })
})

describe('getsockopt with a question', () => {
  it('returns the accepted sources of a multicast group', () => {
    const fd = socket(AF_INET, SOCK_DGRAM)
    const [group, lo, source] = [Uint8Array.of(232, 1, 2, 3), Uint8Array.of(127, 0, 0, 1), Uint8Array.of(127, 0, 0, 9)]
    const join = new Uint8Array(structs.ip_mreq_source.size)
    structs.ip_mreq_source.write(new DataView(join.buffer), 0, { imr_multiaddr: group, imr_interface: lo, imr_sourceaddr: source })
    setsockopt(fd, SOL_IP, IP_ADD_SOURCE_MEMBERSHIP, join)
    const question = new Uint8Array(structs.ip_msfilter.size)
    structs.ip_msfilter.write(new DataView(question.buffer), 0, {
      imsf_multiaddr: group, imsf_interface: lo, imsf_fmode: 0, imsf_numsrc: 1, imsf_slist: new Uint8Array(4),
    })
    const before = Uint8Array.from(question)
    const answer = getsockopt(fd, SOL_IP, IP_MSFILTER, question)
    const { imsf_fmode, imsf_numsrc, imsf_slist } = structs.ip_msfilter.read(new DataView(answer.buffer, answer.byteOffset, answer.length))
    expect({ imsf_fmode, imsf_numsrc, imsf_slist }).toEqual({ imsf_fmode: MCAST_INCLUDE, imsf_numsrc: 1, imsf_slist: source })
    expect(question).toEqual(before)
    close(fd)
  })
})
