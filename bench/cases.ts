/**
 * What is measured, as data: scenarios, in each of which several programs do the same work against the same program at
 * the other end; and the goals, each a comparison of two of them.
 * @module
 */
import type { Words } from './match.ts'
import type { Column } from './runtimes.ts'

/** A program that is measured. */
export interface Contender {
  /** What it is called in the tables. */
  readonly name: string
  /** What starts it: see tools.ts. */
  readonly program: string
  readonly words?: Words
  /** How many of the scenario's messages it does, for the slow ones; 1 if absent. */
  readonly share?: number
}

/** The same work, done by each of the contenders. */
export type Scenario = Work & (Pair | Alone)

/** Two programs at the ends of a connection. */
interface Pair {
  /** `pair`: a socketpair; `path`: a bound pathname. */
  readonly link: 'pair' | 'path'
  /** The side that is measured. */
  readonly measured: 'receiver' | 'sender'
  /** The program at the other end: always C. */
  readonly other: { readonly program: string; readonly words?: Words }
}

/** A program that needs nobody else. */
interface Alone {
  readonly link: 'alone'
  /** A program that starts the contender, `count` times, and takes the times; if absent, the contender does so itself. */
  readonly starter?: string
}

interface Work {
  readonly name: string
  readonly title: string
  /** What the programs are told. */
  readonly words?: Words
  /** Processors: `two`, one for each; `one` for both; any if absent. */
  readonly cpus?: 'two' | 'one'
  /** What is looked at first. */
  readonly measure: 'rate' | 'round trip' | 'time'
  readonly count: number
  readonly contenders: readonly Contender[]
  readonly remark?: string
}

/** A contender that keeps to a bound: the sign, and the ratio. */
export type Bound = `${'≥' | '≤' | '>' | '<'} ${number}`

/** The same contender in the build that `--against` names. */
export const otherBuild = '--against'

/** Two contenders of a scenario compared, with a bound for each column. */
export interface Goal extends Readonly<Record<Column, Bound>> {
  readonly case: string
  readonly scenario: string
  readonly ours: string
  /** Another contender, or `otherBuild`. */
  readonly against: string
  /** `rate`: messages a second; `cpu`: CPU time a message; `round trip`: its median; `time`: wall time a message. */
  readonly measure: 'rate' | 'cpu' | 'round trip' | 'time'
}

/** The C program that others are measured by: the first contender of each scenario. */
const C = { recvmsg: 'C recvmsg', recvmmsg: 'C recvmmsg(64)', sendmsg: 'C sendmsg', sendmmsg: 'C sendmmsg(64)', pong: 'C' } as const
const ours = {
  inPlace: 'MessageBatch, read in place', inPlace256: 'the same, 256 a call', many: 'receiveMany', iterated: 'for await',
  awaited: 'receive', call: 'libc recvmsg',
  one: 'MessageBatch of one, read in place',
  event: "createSocket, 'message'", callback: 'createSocket, send',
  sendMany: 'sendMany', sendBatch: 'MessageBatch', sendCall: 'libc sendmsg',
  blocking: 'MessageBatch, blocking', calls: 'libc calls, blocking', answered: 'for await, send', buffer: 'libc recvmsg into a buffer',
} as const
/** Descriptors, by `receiveMany`. */
const taken = 'receiveMany, taken'
const python = 'python3'
const decode = 'decodeControl'
const lists = { shared: 'a shared list of one', default: 'the default list', fresh: 'a fresh list of one' } as const
const start = { empty: 'an empty program', message: 'exchanges its first message' } as const
const sockets = { one: 'one socket', thousand: 'a thousand sockets' } as const
const unixDgram = 'unix-dgram'

const receivers: readonly Contender[] = [
  { name: C.recvmsg, program: 'c/receive', words: { batch: 1 } },
  { name: C.recvmmsg, program: 'c/receive', words: { batch: 64 } },
  { name: ours.inPlace, program: 'programs/receive-in-place', words: { batch: 64 } },
  { name: ours.inPlace256, program: 'programs/receive-in-place', words: { batch: 256 } },
  { name: ours.many, program: 'programs/receive-many' },
  { name: ours.iterated, program: 'programs/receive-iterated' },
  { name: ours.awaited, program: 'programs/receive-awaited' },
  { name: ours.call, program: 'programs/receive-call', share: 0.3 },
  { name: ours.one, program: 'programs/receive-one', share: 0.3 },
  { name: python, program: 'python/receive', share: 0.5 },
]

const pingPong = (name: string, title: string, cpus: 'two' | 'one'): Scenario => ({
  name, title, cpus, link: 'path', measured: 'receiver', measure: 'round trip', count: 20_000,
  other: { program: 'c/ping' },
  contenders: [
    { name: C.pong, program: 'c/pong' },
    { name: ours.blocking, program: 'programs/pong-blocking' },
    { name: ours.calls, program: 'programs/pong-calls' },
    { name: ours.answered, program: 'programs/pong-awaited' },
    { name: python, program: 'python/pong' },
  ],
  remark: 'The client is the C program, which measures the times.',
})

export const scenarios: readonly Scenario[] = [
  {
    name: 'receive', title: 'Receive', link: 'pair', measured: 'receiver', measure: 'rate', count: 1_000_000,
    other: { program: 'c/send', words: { batch: 64 } },
    contenders: receivers,
  },
  {
    name: 'pathname', title: 'Receive on a bound pathname, ten queued at most', link: 'path', measured: 'receiver', measure: 'rate',
    count: 500_000,
    other: { program: 'c/send', words: { batch: 64 } },
    contenders: receivers,
  },
  {
    name: 'plain', title: 'Receive on a bound pathname, plain datagrams', link: 'path', measured: 'receiver', measure: 'rate',
    count: 500_000,
    other: { program: 'c/send', words: { batch: 64 } }, words: { plain: 1 },
    contenders: [
      { name: C.recvmsg, program: 'c/receive', words: { batch: 1 } },
      { name: ours.many, program: 'programs/receive-many' },
      { name: ours.iterated, program: 'programs/receive-iterated' },
      { name: ours.event, program: 'programs/receive-dgram' },
      { name: unixDgram, program: 'addon/addon-unix-dgram', share: 0.5 },
      { name: 'node-unix-socket', program: 'addon/addon-node-unix-socket', share: 0.5 },
    ],
    remark: 'Without credentials, which the addons do not support.',
  },
  {
    name: 'send', title: 'Send', link: 'pair', measured: 'sender', measure: 'rate', count: 1_000_000,
    other: { program: 'c/receive', words: { batch: 64 } },
    contenders: [
      { name: C.sendmsg, program: 'c/send', words: { batch: 1 } },
      { name: C.sendmmsg, program: 'c/send', words: { batch: 64 } },
      { name: ours.sendMany, program: 'programs/send-many' },
      { name: ours.sendBatch, program: 'programs/send-in-place' },
      { name: ours.sendCall, program: 'programs/send-call', share: 0.3 },
      { name: python, program: 'python/send', share: 0.5 },
    ],
    remark: 'The receiver is the C program with recvmmsg(64); it asks for credentials and checks them.',
  },
  {
    name: 'callbacks', title: 'Send to a bound pathname, with a callback each time', link: 'path', measured: 'sender', measure: 'rate',
    count: 200_000,
    other: { program: 'c/receive', words: { batch: 64 } }, words: { plain: 1 },
    contenders: [
      { name: C.sendmsg, program: 'c/send', words: { batch: 1 } },
      { name: ours.callback, program: 'programs/send-dgram' },
      { name: unixDgram, program: 'addon/addon-unix-dgram-send' },
    ],
    remark: 'At most ten are queued (net.unix.max_dgram_qlen): then the C program waits in the kernel, the others for the event writable. '
      + 'Callbacks are synchronous, so each message is a separate call, and a call through ffi-rs takes four times as long as all of '
      + 'unix-dgram.',
  },
  pingPong('ping-pong-two', 'Ping-pong with ACK, two CPUs', 'two'),
  pingPong('ping-pong-one', 'Ping-pong with ACK, one CPU', 'one'),
  {
    name: 'large', title: '64 KiB datagrams', link: 'pair', measured: 'receiver', measure: 'rate', count: 60_000,
    other: { program: 'c/send', words: { batch: 1 } }, words: { size: 65536 },
    contenders: [
      { name: C.recvmsg, program: 'c/receive', words: { batch: 1 } },
      { name: ours.inPlace, program: 'programs/receive-in-place', words: { batch: 4 } },
      { name: ours.buffer, program: 'programs/receive-buffer' },
      { name: ours.many, program: 'programs/receive-many' },
      { name: python, program: 'python/receive' },
    ],
    remark: 'About three are queued at most, with the default SO_SNDBUF.',
  },
  {
    name: 'rights', title: '8 descriptors a message, received and taken, or disposed of', link: 'pair', measured: 'receiver',
    measure: 'rate', count: 100_000,
    other: { program: 'c/send', words: { batch: 64 } }, words: { rights: 8 },
    contenders: [
      { name: C.recvmsg, program: 'c/receive', words: { batch: 1 } },
      { name: taken, program: 'programs/receive-many', words: { taken: 1 } },
      { name: ours.many, program: 'programs/receive-many' },
      { name: ours.iterated, program: 'programs/receive-iterated' },
      { name: python, program: 'python/receive' },
    ],
    remark: 'The program closes descriptors that it takes itself, as the others do. '
      + 'Descriptors that are disposed of are closed where they cannot block the event loop.',
  },
  {
    name: 'decode', link: 'alone', title: 'Decode credentials, descriptors and a timestamp: the codec alone', measure: 'time',
    count: 2_000_000,
    contenders: [{ name: decode, program: 'programs/decode' }],
  },
  {
    name: 'lists', link: 'alone', title: 'Decode credentials, by the list of definitions: the codec alone', measure: 'time',
    count: 2_000_000,
    contenders: [
      { name: lists.shared, program: 'programs/decode-list', words: { list: 1 } },
      { name: lists.default, program: 'programs/decode-list', words: { list: 0 } },
      { name: lists.fresh, program: 'programs/decode-list', words: { list: 2 } },
    ],
  },
  {
    name: 'start', link: 'alone', title: 'A process from its start to its end', measure: 'time', count: 20,
    starter: 'c/starts',
    contenders: [
      { name: start.empty, program: 'programs/start-empty' },
      { name: start.message, program: 'programs/start-message' },
    ],
    remark: 'The C program starts them and measures the times.',
  },
  {
    name: 'sockets', link: 'alone', title: 'Awaited sockets of one process, a message to each in turn', measure: 'time',
    count: 20_000,
    contenders: [
      { name: sockets.one, program: 'programs/sockets-in-turn', words: { sockets: 1 } },
      { name: sockets.thousand, program: 'programs/sockets-in-turn', words: { sockets: 1000 } },
    ],
    remark: 'The process sends the messages itself.',
  },
]

/** The same bound for both columns. */
const both = (bound: Bound): Record<Column, Bound> => ({ ffiRs: bound, own: bound })

/** Whatever python3 can do of it. */
const fasterThanPython = (
  what: string, scenario: string, measure: 'rate' | 'round trip', ...names: string[]
): Goal[] => names.map((name) => ({
  case: `${what}: ${name} against python3`, scenario, ours: name, against: python, measure, ...both(measure === 'rate' ? '> 1' : '< 1'),
}))

/** Where the bounds differ, those for ffi-rs are for the AMD processor of results.md, the others for every machine. */
export const goals: readonly Goal[] = [
  // As many a call as receiveMany takes; with 64 it is in the table below.
  {
    case: 'receive in batches of 256, read in place, against C recvmsg',
    scenario: 'receive', ours: ours.inPlace256, against: C.recvmsg, measure: 'rate', ffiRs: '≥ 1', own: '≥ 1.02',
  },
  {
    case: 'the same against C recvmmsg(64)',
    scenario: 'receive', ours: ours.inPlace256, against: C.recvmmsg, measure: 'rate', ...both('≥ 0.95'),
  },
  { case: 'the same, CPU a message', scenario: 'receive', ours: ours.inPlace256, against: C.recvmsg, measure: 'cpu', ...both('≤ 1.1') },
  {
    case: 'receiveMany, awaited',
    scenario: 'receive', ours: ours.many, against: C.recvmsg, measure: 'rate', ffiRs: '≥ 0.85', own: '≥ 0.9',
  },
  {
    case: 'receiveMany, awaited, CPU a message',
    scenario: 'receive', ours: ours.many, against: C.recvmsg, measure: 'cpu', ffiRs: '≤ 1.17', own: '≤ 1.12',
  },
  { case: 'for await', scenario: 'receive', ours: ours.iterated, against: C.recvmsg, measure: 'rate', ffiRs: '≥ 0.8', own: '≥ 0.85' },
  {
    case: 'libc.recvmsg a message',
    scenario: 'receive', ours: ours.call, against: C.recvmsg, measure: 'rate', ffiRs: '≥ 0.2', own: '≥ 0.55',
  },
  {
    case: 'MessageBatch of one, read in place',
    scenario: 'receive', ours: ours.one, against: C.recvmsg, measure: 'rate', ffiRs: '≥ 0.2', own: '≥ 0.75',
  },
  {
    case: 'a server on a bound pathname, receiveMany awaited',
    scenario: 'pathname', ours: ours.many, against: C.recvmsg, measure: 'rate', ...both('≥ 1'),
  },
  {
    case: 'sendMany against C sendmsg',
    scenario: 'send', ours: ours.sendMany, against: C.sendmsg, measure: 'rate', ffiRs: '≥ 0.88', own: '≥ 0.95',
  },
  {
    case: 'libc.sendmsg a message',
    scenario: 'send', ours: ours.sendCall, against: C.sendmsg, measure: 'rate', ffiRs: '≥ 0.2', own: '≥ 0.7',
  },
  {
    case: 'ping-pong, two CPUs, blocking, in place',
    scenario: 'ping-pong-two', ours: ours.blocking, against: C.pong, measure: 'round trip', ...both('≤ 1.15'),
  },
  {
    case: 'ping-pong, two CPUs, awaited',
    scenario: 'ping-pong-two', ours: ours.answered, against: C.pong, measure: 'round trip', ffiRs: '≤ 1.25', own: '≤ 1.3',
  },
  {
    case: 'ping-pong, one CPU, blocking, in place',
    scenario: 'ping-pong-one', ours: ours.blocking, against: C.pong, measure: 'round trip', ffiRs: '≤ 1.63', own: '≤ 1.3',
  },
  {
    case: 'ping-pong, one CPU, blocking, with libc calls',
    scenario: 'ping-pong-one', ours: ours.calls, against: C.pong, measure: 'round trip', ffiRs: '≤ 1.63', own: '≤ 1.4',
  },
  {
    case: 'ping-pong, one CPU, awaited',
    scenario: 'ping-pong-one', ours: ours.answered, against: C.pong, measure: 'round trip', ffiRs: '≤ 2', own: '≤ 1.7',
  },
  { case: '64 KiB datagrams, read in place', scenario: 'large', ours: ours.inPlace, against: C.recvmsg, measure: 'rate', ...both('≥ 0.9') },
  {
    case: '64 KiB datagrams, into a buffer of the caller',
    scenario: 'large', ours: ours.buffer, against: C.recvmsg, measure: 'rate', ffiRs: '≥ 0.7', own: '≥ 0.92',
  },
  {
    case: '8 descriptors a message, taken',
    scenario: 'rights', ours: taken, against: C.recvmsg, measure: 'rate', ffiRs: '≥ 0.7', own: '≥ 0.8',
  },
  {
    case: '8 descriptors a message, disposed of',
    scenario: 'rights', ours: ours.many, against: C.recvmsg, measure: 'rate', ffiRs: '≥ 0.58', own: '≥ 0.7',
  },
  {
    case: 'decode credentials, descriptors and a timestamp, against the other build',
    scenario: 'decode', ours: decode, against: otherBuild, measure: 'cpu', ...both('≤ 0.85'),
  },
  {
    case: 'decode with the default list, against a shared list of one',
    scenario: 'lists', ours: lists.default, against: lists.shared, measure: 'cpu', ...both('≤ 1.3'),
  },
  {
    case: 'decode with a fresh list of one, against a shared one',
    scenario: 'lists', ours: lists.fresh, against: lists.shared, measure: 'cpu', ...both('≤ 1.3'),
  },
  {
    case: 'a process that exchanges its first message, against an empty one',
    scenario: 'start', ours: start.message, against: start.empty, measure: 'time', ffiRs: '≤ 1.35', own: '≤ 1.9',
  },
  {
    case: 'a thousand sockets one after the other, against one, CPU a message',
    scenario: 'sockets', ours: sockets.thousand, against: sockets.one, measure: 'cpu', ffiRs: '≤ 1.6', own: '≤ 1.5',
  },
  ...fasterThanPython('receive', 'receive', 'rate', ours.inPlace, ours.many, ours.iterated),
  ...fasterThanPython('bound pathname', 'pathname', 'rate', ours.many),
  ...fasterThanPython('send', 'send', 'rate', ours.sendMany),
  ...fasterThanPython('ping-pong, two CPUs', 'ping-pong-two', 'round trip', ours.blocking, ours.answered),
  ...fasterThanPython('ping-pong, one CPU', 'ping-pong-one', 'round trip', ours.blocking, ours.calls, ours.answered),
  ...fasterThanPython('64 KiB', 'large', 'rate', ours.inPlace),
  ...fasterThanPython('8 descriptors, taken', 'rights', 'rate', taken),
  {
    case: 'the drop-in receives, against unix-dgram',
    scenario: 'plain', ours: ours.event, against: unixDgram, measure: 'rate', ...both('≥ 2'),
  },
  {
    case: 'the drop-in sends, against unix-dgram',
    scenario: 'callbacks', ours: ours.callback, against: unixDgram, measure: 'rate', ffiRs: '≥ 0.5', own: '≥ 1',
  },
  ...[unixDgram, 'node-unix-socket'].flatMap((addon): Goal[] => [ours.many, ours.iterated].map((name) => ({
    case: `plain datagrams: ${name} against ${addon}`, scenario: 'plain', ours: name, against: addon, measure: 'rate', ...both('> 2'),
  }))),
]
