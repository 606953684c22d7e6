/**
 * Declarations of structs: what the headers call a type is what the compiler says it is.
 */
import { expect, it } from 'vitest'
import { abis, structs } from '../../src/codec.ts'
import type { AnyStruct } from '../../src/abi/types.ts'
import { declarationOf, spelledFields } from '../../docs/page/declaration.ts'
import { compileText } from '../support/cc.ts'
import { withPeer } from '../support/peers.ts'
import { start } from '../support/processes.ts'

it('has every field, with its place under the ABI', () => {
  expect(declarationOf(structs.ucred).map(({ text }) => text)).toEqual([
    'struct ucred {', '    pid_t pid;  /* 0, 4 bytes */', '    uid_t uid;  /* 4, 4 bytes */', '    gid_t gid;  /* 8, 4 bytes */',
    '};  /* sizeof: 12 */',
  ])
  expect(declarationOf(structs.cmsghdr.for(abis['arm-linux-gnueabihf'])).map(({ text }) => text))
    .toContain('    size_t cmsg_len;  /* 0, 4 bytes */')
  expect(declarationOf(structs.sockaddr_in6)[3]).toEqual({
    field: 'sin6_flowinfo', text: '    uint32_t sin6_flowinfo;     /* 4, 4 bytes */',
  })
})

withPeer('cc', 'the compiler', () => {
  it('agrees with every type that is spelled as in its header', async () => {
    const checks = spelledFields.map(([struct, field, text]) =>
      `_Static_assert(__builtin_types_compatible_p(__typeof__(((struct ${struct} *)0)->${field}), __typeof__(((struct { ${text}; `
        + `} *)0)->${field})), "${struct}.${field}");`)
    expect(checks.length).toBeGreaterThan(30)
    expect(spelledFields.filter(([struct, field]) => !Object.hasOwn((structs as unknown as Record<string, AnyStruct>)[struct]!.fields,
      field))).toEqual([])
    const headers =
      ['sys/socket.h', 'sys/un.h', 'sys/uio.h', 'sys/time.h', 'netinet/in.h', 'poll.h', 'time.h'].map((header) => `#include <${header}>`)
    await start([
      compileText('declarations', ['#define _GNU_SOURCE', ...headers, ...checks, 'int main(void) { return 0; }', ''].join('\n')),
    ]).output()
  })
})
