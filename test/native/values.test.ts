/**
 * Every wrong value at every place of every call of cmsg/libc: a TypeError or RangeError of ours that says which, and never
 * an aborted process. ffi-rs aborts for some values, takes some for others, and the kernel believes every length.
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import * as codec from 'cmsg/codec'
import * as libc from 'cmsg/libc'
import { bindings } from '../../generated/bindings.ts'
import { start, tempDir, typescript } from '../support/processes.ts'
import { hostile, Liar } from './hostile.ts'
import { parameters } from './parameters.ts'
import type { Outcome } from './values.program.ts'

/** Run the program. When it does not come to its end, the last line tells what it was at. */
async function outcomes(...args: string[]): Promise<{ outcomes: Outcome[]; ended: string }> {
  const file = join(tempDir(), 'outcomes')
  const program = start([...typescript('test/native/values.program.ts'), file, ...args])
  const status = await program.exit()
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const last = lines.at(-1)
  const ended = status === 0 && last === 'done' ? 'well' : `${status} at ${last}\n${program.stderr}`
  const outcomes = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Outcome)
  return { outcomes: outcomes.filter(({ outcome }) => outcome !== undefined), ended }
}

const places = parameters()
const functions = Object.keys(places)

/** What is wrong with an outcome, or undefined. */
function judge({ function: name, path, value, outcome, message = '' }: Outcome): string | undefined {
  const { kinds } = places[name]!.find((place) => place.path.join('.') === path)!
  const what = hostile.find((each) => each.name === value)
  const ours = outcome === 'returned' || outcome === 'SystemError' || /^(TypeError|RangeError) ERR_CMSG_/.test(outcome)
  // The functions of a value run when it is looked into, and what they throw is theirs.
  const looked = kinds.includes('list') || kinds.includes('object')
  const its = looked && what?.throws === true && (outcome === 'own' || /revoked/.test(outcome))
  const legitimate = what === undefined || what.kinds.some((kind) => kinds.includes(kind))
  const expected = what?.impossible && kinds.includes('number') ? 'RangeError ERR_CMSG_OUT_OF_RANGE' : 'TypeError ERR_CMSG_INVALID_ARG_TYPE'
  // The methods of a batch are for the hot path: one check for all that is no index, and what is only compared is not checked.
  const method = name.startsWith('MessageBatch')
  const refused = method
    ? /^(TypeError|RangeError) ERR_CMSG_/.test(outcome) && /^Cannot .{10,200}$/.test(message)
    : outcome === expected && says(message, name, path)
  const compared = name === 'MessageBatch.findControl' && path !== 'i' && outcome === 'returned'
  if (its || compared || (legitimate ? ours : refused)) return undefined
  return `${name} with ${path}: ${value}: ${outcome} ${message}`
}

/** The message names the call and the parameter, on one line, however large the value is. */
const says = (message: string, name: string, path: string): boolean =>
  message.startsWith(`Cannot call ${name} with `) && message.includes(path.split('.').filter((key) => key !== '0').at(-1)!.replace(/s$/,
    '')) && message.length < 200 && !message.includes('\n')

describe('wrong values', () => {
  let run: Awaited<ReturnType<typeof outcomes>>
  beforeAll(async () => {
    run = await outcomes('calls', JSON.stringify(places))
  })

  it('do not end the process', () => {
    expect(run.ended).toBe('well')
  })

  it('are tried on every function of cmsg/libc', () => {
    const exported =
      Object.entries(libc).filter(([name, value]) => typeof value === 'function' && !(name in codec) && name !== 'SystemError')
    const methods =
      Object.getOwnPropertyNames(libc.MessageBatch.prototype).filter((name) => name !== 'constructor').map((name) => `MessageBatch.${name}`)
    expect([...functions].sort()).toEqual([...exported.map(([name]) => name), ...methods].sort())
  })

  it.each(functions)('%s', (name) => {
    const tried = run.outcomes.filter((each) => each.function === name)
    expect(tried.filter(({ value }) => value === 'what is right')).toMatchObject([
      { outcome: expect.stringMatching(/^returned$|ENOENT|EAGAIN|SystemError/) as unknown },
    ])
    const many = places[name]!.length * hostile.length
    expect(tried.length).toBeGreaterThan(many)
    expect(tried.map(judge).filter((wrong) => wrong !== undefined).slice(0, 10)).toEqual([])
  })
})

describe('the last gate before native code', () => {
  it('accepts only whole numbers in range', async () => {
    const { outcomes: tried, ended } = await outcomes('gate')
    expect(ended).toBe('well')
    // Without a parameter there is nothing to be wrong; only ffi-rs looks at one argument more.
    const gated = Object.values(bindings).filter(({ paramNames }) => libc.engine.name === 'ffi-rs'
      || paramNames.length > 0).map(({ funcName }) => funcName)
    expect(new Set(tried.map((each) => each.function))).toEqual(new Set([...gated, 'addressOf']))
    // What is no number may also fail where the calls of a runtime's own FFI convert it.
    const refused = (outcome: string): boolean => outcome === 'RangeError ERR_CMSG_OUT_OF_RANGE'
      || (libc.engine.name !== 'ffi-rs' && (outcome === 'own' || /^not ours: (Type|Range)Error: /.test(outcome)))
    expect(tried.filter(({ function: name, outcome }) =>
      (name === 'addressOf' ? outcome !== 'TypeError ERR_CMSG_INVALID_ARG_TYPE' : !refused(outcome)))).toEqual([])
  })
})

describe('the length that a buffer claims is not trusted', () => {
  const { AF_UNIX, SOCK_DGRAM, MSG_TRUNC } = libc.constants
  const pair = (): { a: number; b: number } & Disposable => {
    const [a, b] = libc.socketpair(AF_UNIX, SOCK_DGRAM)
    return { a, b, [Symbol.dispose]() { libc.close(a); libc.close(b) } }
  }
  /** Three bytes in the middle of ten, said to be many. */
  const liar = (): { bytes: Uint8Array; all: Uint8Array } => {
    const all = new Uint8Array(10).fill(7)
    return { bytes: new Liar(all.buffer, 4, 3), all }
  }

  it('when sending, with and without a copy', () => {
    using s = pair()
    expect(libc.sendmsg(s.a, { buffers: [liar().bytes] })).toBe(3)
    expect(libc.recvmsg(s.b).data).toEqual(Buffer.from([7, 7, 7]))
    // More than is copied: the kernel is given the address of each.
    const large = new Uint8Array(100_000).fill(1)
    expect(libc.sendmsg(s.a, { buffers: [liar().bytes, large] })).toBe(100_003)
    expect(libc.recvmsg(s.b, { size: 200_000 }).data).toEqual(Buffer.concat([Buffer.from([7, 7, 7]), large]))
  })

  it('when receiving, which writes nothing outside of the buffers', () => {
    using s = pair()
    const { bytes, all } = liar()
    libc.sendmsg(s.a, { buffers: [new Uint8Array(10).fill(1)] })
    expect(libc.recvmsg(s.b, { buffers: [bytes] })).toMatchObject({ length: 3, flags: MSG_TRUNC })
    expect(all).toEqual(Uint8Array.of(7, 7, 7, 7, 1, 1, 1, 7, 7, 7))
  })

  it('a list that grows during poll is polled with its first length', () => {
    using s = pair()
    const entries = [{
      get fd() { while (entries.length < 5000) entries.push({ fd: s.b, events: 0 }); return s.a }, events: libc.constants.POLLOUT as number,
    }]
    expect(libc.poll(entries, 0)).toMatchObject([{ fd: s.a, revents: libc.constants.POLLOUT }])
    expect(entries).toHaveLength(5000)
  })

  it('a getter that polls itself changes nothing', () => {
    using s = pair()
    const [, second] = libc.poll([
      { fd: s.a, events: libc.constants.POLLOUT },
      { get fd() { libc.poll([{ fd: 0, events: 0 }], 0); return s.b }, events: libc.constants.POLLOUT },
    ], 0)
    expect(second!.revents).toBe(libc.constants.POLLOUT)
  })
})
