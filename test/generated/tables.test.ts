import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DataType } from 'ffi-rs'
import { bindings } from '../../generated/bindings.ts'
import { constants, constantsByTarget } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import * as modules from '../../generated/layouts.ts'
import { macros } from '../../generated/macros.ts'
import type { Tables } from '../../scripts/generate/merge.ts'
import { targets as list } from '../../scripts/generate/targets.ts'
import * as codec from '../../src/codec.ts'
import { hostAbi } from '../../src/abi/abi.ts'
import type { LayoutTable } from '../../src/abi/tables.ts'
import { ROOT } from '../support/peers.ts'

const { targets, ...structs } = modules
const names = Object.keys(targets)
/** The layouts, with every target named where the file leaves the list out. */
const layouts = Object.fromEntries(Object.entries(modules.layouts as Record<string, LayoutTable>).map(([name, { types, variants }]) =>
  [name, { types, variants: variants.map((variant) => ({ ...variant, targets: variant.targets ?? names })) }]))

describe('generated tables', () => {
  it('have the nine targets', () => {
    expect(names).toEqual(list.map(({ name }) => name))
    expect(names).toHaveLength(9)
    expect(new Set(Object.values(targets).map((target) => JSON.stringify(target))).size).toBe(6)
  })

  it('have each struct under its name, and in the list of all', () => {
    const { layouts: all, ...single } = structs
    expect(all).toEqual(single)
  })

  it.each(Object.keys(layouts))('cover every target once: %s', (name) => {
    const { types, variants } = layouts[name]!
    expect(variants.flatMap((variant) => variant.targets).sort()).toEqual([...names].sort())
    for (const { size, align, fields, declared = {}, targets: [target] } of variants) {
      const { wordSize } = (targets as Tables['targets'])[target!]!
      expect(size % align).toBe(0)
      expect(Object.keys(fields)).toEqual(Object.keys(types))
      let end = 0
      for (const [offset, bytes] of Object.values(fields)) {
        expect(offset).toBeGreaterThanOrEqual(end)
        end = offset + bytes
      }
      expect(end).toBeLessThanOrEqual(size)
      for (const [field, type] of Object.entries(types)) {
        if (type === 'usize' || type === 'pointer') expect(fields[field]![1]).toBe(wordSize)
      }
      for (const [field, [offset, bytes]] of Object.entries(declared)) {
        expect(types[field]).toBe('usize')
        expect(offset).toBeGreaterThanOrEqual(fields[field]![0])
        expect(offset + bytes).toBeLessThanOrEqual(fields[field]![0] + wordSize)
      }
    }
    const contents = variants.map(({ targets: _, ...rest }) => JSON.stringify(rest))
    expect(new Set(contents).size).toBe(contents.length)
  })

  it('have the layouts that every program uses', () => {
    const of = (name: string, target: string) => layouts[name]!.variants.find((one) => one.targets.includes(target))!
    for (const target of names) {
      expect(of('sockaddr_un', target)).toMatchObject({ size: 110, align: 2, fields: { sun_path: [2, 108] } })
      expect(of('ucred', target)).toMatchObject({ size: 12, align: 4 })
    }
    expect(of('msghdr', 's390x-linux-musl')).toMatchObject({
      size: 56,
      fields: { msg_iovlen: [24, 8], msg_controllen: [40, 8] },
      declared: { msg_iovlen: [28, 4], msg_controllen: [44, 4] },
    })
    expect(of('cmsghdr', 'arm-linux-musleabihf')).toMatchObject({ size: 12, fields: { cmsg_len: [0, 4] } })
    expect(of('epoll_event', 'x86_64-linux-gnu').size).toBe(12)
    expect(of('epoll_event', 'aarch64-linux-gnu').size).toBe(16)
  })

  it('are all exported by name, with the values of this machine', () => {
    const here = Object.fromEntries(Object.entries(constantsByTarget).map(([name, values]) => [name, values[hostAbi().target]]))
    expect(codec.constants).toEqual({ ...constants, ...errno, ...here })
    // What <asm-generic/socket.h> and <bits/socket.h> have for both CPUs this library calls libc on.
    expect(codec.constants).toMatchObject({ SO_TIMESTAMP: 29, SCM_TIMESTAMPNS: 35, SO_RCVTIMEO: 20, SOMAXCONN: 4096 })
  })

  it('have a value on every target for constants that differ, and no name twice', () => {
    for (const [name, values] of Object.entries(constantsByTarget)) {
      expect(Object.keys(values), name).toEqual(names)
      expect(new Set(Object.values(values)).size, name).toBeGreaterThan(1)
    }
    const all = [...Object.keys(constants), ...Object.keys(constantsByTarget), ...Object.keys(errno)]
    expect(new Set(all).size).toBe(all.length)
  })

  it('have functions with the types of ffi-rs, for which an address has 64 bits', () => {
    for (const [name, { funcName, paramNames, paramsType, retType }] of Object.entries(bindings)) {
      expect(funcName).toBe(name)
      expect(paramNames).toHaveLength(paramsType.length)
      for (const type of [...paramsType, retType]) {
        expect(DataType[type === 'Pointer' ? 'I64' : type], `${name}: ${type}`).toBeTypeOf('number')
      }
    }
  })

  it('have the CMSG macros of every target', () => {
    expect(macros.flatMap((variant) => [...variant.targets]).sort()).toEqual([...names].sort())
  })

  it('are generated from the current list', () => {
    const sources = JSON.parse(readFileSync(join(ROOT, 'generated/SOURCES.json'), 'utf8')) as { symbols: string }
    const symbols = createHash('sha256').update(readFileSync(join(ROOT, 'scripts/generate/symbols.ts'))).digest('hex')
    expect(sources.symbols, 'scripts/generate/symbols.ts has changed since npm run generate').toBe(symbols)
  })
})
