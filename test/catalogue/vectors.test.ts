/**
 * Control messages that this kernel may not have, as a C compiler makes them from the kernel's headers: test/c/vectors.c.
 */
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { decodeControl, encodeControl, type AnyControlMessage, type ControlItem, type Family } from '../../src/codec.ts'
import { builtins } from '../../src/control/catalogue.ts'
import { compile } from '../support/cc.ts'
import { withPeer } from '../support/peers.ts'
import { rows } from './rows.ts'

/** What each vector decodes to. */
const expected =
  Object.fromEntries(Object.entries(rows).flatMap(([kind, { compiled }]) => (compiled === undefined ? [] : [[kind, compiled]])))

withPeer('cc', 'the payloads that a C compiler lays out', () => {
  const vectors = (): Map<string, Uint8Array> => {
    const { stdout } = spawnSync(compile('vectors.c'), { encoding: 'utf8' })
    return new Map(stdout.trim().split('\n').map((line): [string, Uint8Array] => {
      const [kind = '', hex = ''] = line.split(' ')
      return [kind, new Uint8Array(Buffer.from(hex, 'hex'))]
    }))
  }

  it('include every compiled row', () => {
    expect([...vectors().keys()].sort()).toEqual(Object.keys(expected).sort())
  })

  it.each(Object.keys(expected))('decode as expected: %s', (kind) => {
    const control = vectors().get(kind)!
    const definition = (builtins as readonly AnyControlMessage[]).find((one) => one.kind === kind)!
    const family = [definition.family ?? 'unix'].flat()[0] as Family
    const [message, ...more] = decodeControl(control, { family })
    expect(more).toEqual([])
    expect(message).toMatchObject({ kind, level: definition.level, type: definition.type })
    const value = (message as { value: unknown }).value
    expect(value instanceof Uint8Array ? [...value] : value)
      .toEqual(expected[kind] instanceof Uint8Array ? [...expected[kind]] : expected[kind])

    // What can be sent makes the same bytes from the same value.
    if (definition.direction === 'receive' || definition.alternative !== undefined) return
    const call = definition as unknown as (value: unknown) => ControlItem
    expect(Buffer.from(encodeControl([call(value)])).toString('hex')).toBe(Buffer.from(control).toString('hex'))
  })
})
