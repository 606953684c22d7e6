import { beforeAll, expect, it } from 'vitest'
import { doubles, measure } from '../../scripts/generate/measure.ts'
import { merge } from '../../scripts/generate/merge.ts'
import { describeProblems, type Fields, type Group } from '../../scripts/generate/rows.ts'
import { hostCompiler, type Compiler } from '../../scripts/generate/targets.ts'
import { withPeer } from '../support/peers.ts'

/** A row that some compiler must not agree with, and what is said of it. */
const wrong: Record<string, [Group, RegExp]> = {
  'a constant with another value': [
    { header: 'sys/socket.h', source: 'include/linux/socket.h', stated: { SCM_RIGHTS: { value: 2 } } },
    /^SCM_RIGHTS: stated as 2, <sys\/socket.h> has 1 \[/,
  ],
  'a constant that nothing defines': [
    { header: 'sys/socket.h', constants: 'SO_REUSEADDR SO_NONSENSE' },
    /^SO_NONSENSE: no target's <sys\/socket.h> defines it: state its value \[/,
  ],
  'a constant of another header': [
    { header: 'time.h', constants: 'EPOLLIN' },
    /^EPOLLIN: no target's <time.h> defines it/,
  ],
  'a struct that nothing declares': [
    { header: 'sys/socket.h', structs: { ucredd: { pid: 'i32' } } },
    /^ucredd: .*(incomplete|undeclared|undefined)/,
  ],
  'a field that does not exist': [
    struct('ucred', { pid: 'i32', uid: 'u32', gid: 'u32', sid: 'u32' }),
    /^ucred\.sid: .*no member named ['‘]sid/,
  ],
  'a field of another sign': [
    struct('ucred', { pid: 'u32', uid: 'u32', gid: 'u32' }),
    /^ucred\.pid: expected u32, the compiler says i32 \[/,
  ],
  'a field of another size': [
    struct('ucred', { pid: 'i32', uid: 'u32', gid: 'u64' }),
    /^ucred\.gid: expected u64, the compiler says u32 \[/,
  ],
  'a number that is a pointer': [
    struct('iovec', { iov_base: 'u64', iov_len: 'usize' }, 'sys/uio.h'),
    /^iovec\.iov_base: expected u64, the compiler says pointer/,
  ],
  'a pointer that is a number': [
    struct('iovec', { iov_base: 'pointer', iov_len: 'pointer' }, 'sys/uio.h'),
    /^iovec\.iov_len: expected pointer, the compiler says u(64|32)/,
  ],
  'a pointer that is an array of as many bytes': [
    struct('sockaddr_in', { sin_family: 'u16', sin_port: 'u16be', sin_addr: ['u8', 4], sin_zero: 'pointer' }, 'netinet/in.h'),
    /^sockaddr_in\.sin_zero: expected pointer, the compiler says an array of 8 bytes/,
  ],
  'bytes of another length': [
    struct('sockaddr_un', { sun_family: 'u16', sun_path: ['u8', 104] }, 'sys/un.h'),
    /^sockaddr_un\.sun_path: expected \[u8, 104\], the compiler says 108 bytes/,
  ],
  'an array of other elements': [
    struct('scm_ts_pktinfo', { if_index: 'u32', pkt_length: 'u32', reserved: ['u64', 1] }, 'linux/net_tstamp.h'),
    /^scm_ts_pktinfo\.reserved: expected \[u64, 1\], the compiler says \[u32, 2\]/,
  ],
  'a struct that is another': [
    struct('mmsghdr', { msg_hdr: { struct: 'cmsghdr' }, msg_len: 'u32' }),
    /^mmsghdr\.msg_hdr: expected struct cmsghdr, the compiler says a struct of \d+ bytes/,
  ],
  'a union by a member that does not fill it': [
    struct('epoll_event', { events: 'u32', 'data.fd': 'i32' }, 'sys/epoll.h'),
    /^epoll_event\.data: data\.fd has 4 bytes, the field 8/,
  ],
  'a big-endian field of another size': [
    struct('sockaddr_in', { sin_family: 'u16', sin_port: 'u32be', sin_addr: ['u8', 4], sin_zero: ['u8', 8] }, 'netinet/in.h'),
    /^sockaddr_in\.sin_port: expected u32be, the compiler says u16/,
  ],
  'a field forgotten at the start': [
    struct('ucred', { uid: 'u32', gid: 'u32' }),
    /^ucred: 4 bytes between the start and uid are more than alignment needs: a field is missing/,
  ],
  'a field forgotten in the middle': [
    struct('ucred', { pid: 'i32', gid: 'u32' }),
    /^ucred: 4 bytes between pid and gid are more than alignment needs: a field is missing/,
  ],
  'a field forgotten at the end': [
    struct('ucred', { pid: 'i32', uid: 'u32' }),
    /^ucred: 4 bytes after uid are more than alignment needs: a field is missing/,
  ],
  'fields in another order': [
    struct('ucred', { uid: 'u32', pid: 'i32', gid: 'u32' }),
    /^ucred: pid at 0 overlaps uid: the fields are not in their order/,
  ],
  'a length with something else in its word': [
    struct('pollfd', { fd: 'usize', events: 'i16', revents: 'i16' }, 'poll.h'),
    /^pollfd\.fd: the rest of its word at 0 is not padding: events is there/,
  ],
  'a function with another result': [
    { header: 'sys/socket.h', functions: ['int recvmsg(int fd, struct msghdr *msg, int flags)'] },
    /^recvmsg: conflicting types for ['‘]recvmsg/,
  ],
  'a function with another parameter': [
    { header: 'sys/socket.h', functions: ['ssize_t recvmsg(int fd, const struct msghdr *msg, int flags)'] },
    /^recvmsg: conflicting types for ['‘]recvmsg/,
  ],
  'a function with a parameter too many': [
    { header: 'sys/socket.h', functions: ['int listen(int fd, int backlog, int flags)'] },
    /^listen: conflicting types for ['‘]listen/,
  ],
  'a function that nothing declares': [
    { header: 'sys/socket.h', functions: ['int recvmessage(int fd)'] },
    /^recvmessage: .*['‘]recvmessage['’]/,
  ],
  'a type that ffi-rs does not have': [
    { header: 'stdlib.h', functions: ['div_t div(int numer, int denom)'] },
    /^div: ffi-rs has no type for return: 8 bytes/,
  ],
}

function struct(name: string, fields: Fields, header = 'sys/socket.h'): Group {
  return { header, structs: { [name]: fields } }
}

withPeer('cc', 'a row', () => {
  let compiler: Compiler | undefined
  beforeAll(async () => { compiler = await hostCompiler() })

  const problemsOf = async (group: Group): Promise<string[]> => {
    if (!compiler) throw new Error('scripts/generate/targets.ts has no target for this machine')
    const facts = await measure(compiler, [group])
    return describeProblems([...facts.problems, ...merge([group], [facts]).problems], 1)
  }

  for (const [what, [group, message]] of Object.entries(wrong)) {
    it(`is refused: ${what}`, async () => {
      const problems = await problemsOf(group)
      expect(problems).toEqual([expect.stringMatching(message)])
      // That nothing defines a constant is known when all targets were asked.
      expect(problems[0]).toContain(problems[0]!.includes('no target') ? '[the list]' : `[${compiler!.target.name}]`)
    })
  }

  it('is refused for each mistake in it', async () => {
    const problems = await problemsOf({
      header: 'sys/socket.h',
      structs: { ucred: { pid: 'u32', uid: 'i32' } },
      constants: 'SO_NONSENSE MSG_NONSENSE',
    })
    expect(problems.map((line) => line.split(':', 1)[0])).toEqual([
      'ucred.pid', 'ucred.uid', 'ucred', 'SO_NONSENSE', 'MSG_NONSENSE',
    ])
  })

  it('may exist only once', () => {
    const groups: readonly Group[] = [
      { header: 'a.h', constants: 'A B', structs: { s: {} }, functions: ['int s(void)', 'int f(void)'] },
      { source: 'b.c', stated: { B: { value: 1 }, f: { value: 2 } }, structs: { s: {} } },
    ]
    expect(doubles(groups)).toEqual(['s', 'B', 'f'])
  })

  it('may be newer than the headers: a stated constant, a declared struct, a header that does not exist', async () => {
    const group: Group = {
      header: 'no/such/header.h',
      structs: { cmsg_of_tomorrow: { level: 'u32', extent: 'u64' } },
      source: 'include/uapi/linux/tomorrow.h',
      stated: { SO_TOMORROW: { value: 99 } },
      declared: {
        unless: 'SO_TOMORROW',
        c: 'struct cmsg_of_tomorrow { unsigned level; __attribute__((aligned(8))) unsigned long long extent; };',
      },
    }
    expect(await problemsOf(group)).toEqual([])
    const { tables } = merge([group], [await measure(compiler!, [group])])
    expect(tables.constants).toEqual({ SO_TOMORROW: 99 })
    expect(tables.layouts.cmsg_of_tomorrow?.variants[0]?.fields).toEqual({ level: [0, 4], extent: [8, 8] })
  })

  it('of a header that does not compile is reported with the header and the compiler\'s error', async () => {
    const group: Group = { header: 'linux/errqueue.h', needs: ['linux/time.h', 'time.h'], structs: {} }
    await expect(problemsOf(group)).rejects.toThrow(/cannot compile <linux\/time.h>, <time.h>, <linux\/errqueue.h>:\n {2}.*redefinition/)
  })
})
