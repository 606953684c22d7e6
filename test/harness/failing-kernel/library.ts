/**
 * Builds the library to be preloaded: kernel.c, and one wrapper for each function, written from generated/bindings.ts.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bindings } from '../../../generated/bindings.ts'
import { functions, madeAllTheSame, onlyIf, returnsErrno, returnsZero } from './functions.ts'

const ctypes = { I32: 'int', U32: 'unsigned', I64: 'long', Pointer: 'long' } as const
const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

function wrapper(name: (typeof functions)[number], index: number): string {
  const { paramsType, retType } = bindings[name]
  const types = paramsType.map((type) => ctypes[type])
  const parameters = types.map((type, i) => `${type} ${letters[i]}`).join(', ') || 'void'
  const seen = Array.from({ length: 6 }, (_, i) => (i < types.length ? letters[i] : '0')).join(', ')
  const failed = returnsErrno.has(name) ? 'return error;' : `errno = error; return ${returnsZero.has(name) ? 0 : -1};`
  const call = `real(${letters.slice(0, types.length).join(', ')})`
  return `
${ctypes[retType]} ${name}(${parameters}) {
  static ${ctypes[retType]} (*real)(${types.join(', ') || 'void'});
  int error = planned();
  error = failure(${index}, ${onlyIf[name] ?? '1'}, ${seen});
  if (real == 0) real = next("${name}");
  if (error != 0) {
    if (${madeAllTheSame[name] ?? '0'}) ${call};
    ${failed}
  }
  return ${call};
}`
}

/** Compile it into a directory: the path of the library. */
export function buildLibrary(directory: string): string {
  const [wrappers, versions, library] =
    ['wrappers.c', 'versions.map', 'failing-kernel.so'].map((name) => join(directory, name)) as [string, string, string]
  const headers = ['<errno.h>', '<linux/fcntl.h>', '<linux/eventpoll.h>', '"kernel.h"'].map((header) => `#include ${header}`)
  writeFileSync(wrappers, [...headers, ...functions.map(wrapper), ''].join('\n'))
  writeFileSync(versions, `FAILING_KERNEL { global: ${functions.join('; ')}; local: *; };\n`)
  const args = [
    '-std=gnu11', '-O2', '-Wall', '-Wextra', '-fno-builtin', '-D_GNU_SOURCE', `-DFUNCTIONS=${functions.length}`, '-I', import.meta.dirname,
    '-shared', '-fPIC', `-Wl,--version-script=${versions}`, wrappers, join(import.meta.dirname, 'kernel.c'), '-o', library, '-ldl',
    '-lpthread',
  ]
  const { error, status, stderr } = spawnSync('cc', args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`cc ${args.join(' ')} failed:\n${stderr}`)
  return library
}
