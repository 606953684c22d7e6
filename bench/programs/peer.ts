/**
 * What the programs of the benchmark share: the command line, the socket, the check of every message, the meter. It is
 * what c/peer.h is to the C programs, word for word.
 * @module
 */
import { closeSync, readSync, rmSync } from 'node:fs'
import { MessageSocket, credentials, rights, type Message } from 'cmsg'
import { bind, constants, encodeAddress, setsockopt, socket } from 'cmsg/libc'

const { AF_UNIX, SOCK_DGRAM, SOL_SOCKET, SO_PASSCRED } = constants

/** `struct packet { int index; char msg[32]; }` */
export const packetSize = 36

export interface Task {
  /** The number of an inherited descriptor, or a pathname. */
  readonly socket: string
  /** Messages that are measured. */
  readonly count: number
  /** Messages before them. */
  readonly warmup: number
  /** The process that sends. */
  readonly from: number
  /** Messages a system call, where the program can choose. */
  readonly batch: number
  /** Bytes a message. */
  readonly size: number
  /** Descriptors a message. */
  readonly rights: number
  /** They are taken from their message, and closed by the program itself. */
  readonly taken: boolean
  /** No credentials. */
  readonly plain: boolean
  /** Sockets that are awaited. */
  readonly sockets: number
  /** The definitions to decode with: 0 the default list, 1 a shared list of one, 2 a fresh list of one at each call. */
  readonly list: number
}

function parse(words: readonly string[]): Task {
  const given = new Map(words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]))
  const number = (name: string, otherwise: number): number => Number(given.get(name) ?? otherwise)
  return {
    socket: given.get('socket') ?? '3', count: number('count', 1), warmup: number('warmup', 1), from: number('from', 0),
    batch: number('batch', 64), size: number('size', packetSize), rights: number('rights', 0), taken: number('taken', 0) !== 0,
    plain: number('plain', 0) !== 0,
    sockets: number('sockets', 1), list: number('list', 0),
  }
}

export const task: Task = parse(process.argv.slice(2))

const isPath = task.socket.includes('/')

/** The socket to receive from, for the raw calls: inherited, or bound here. */
export function openDescriptor(): number {
  let fd = Number(task.socket)
  if (isPath) {
    rmSync(task.socket, { force: true })
    fd = socket(AF_UNIX, SOCK_DGRAM)
    bind(fd, encodeAddress(task.socket))
  }
  if (!task.plain) setsockopt(fd, SOL_SOCKET, SO_PASSCRED, 1)
  return fd
}

type Kinds = typeof credentials | typeof rights
const kinds: Kinds[] = [...(task.plain ? [] : [credentials]), ...(task.rights > 0 ? [rights] : [])]

/** The socket to receive from, as an application has it. Room for data is as it is unless told. */
export function openSocket(): MessageSocket<Kinds> {
  return isPath
    ? MessageSocket.bind(task.socket, { type: 'datagram', receive: kinds, unlink: true })
    : MessageSocket.adopt(Number(task.socket), { receive: kinds, readAhead: 256 })
}

export function fail(index: number, why: string): never {
  throw new Error(`message ${index}: ${why}`)
}

/** The data of a message: whole and in sequence. A large one has its index at the end too. */
export function checkData(data: Buffer, index: number): void {
  if (data.length !== task.size) fail(index, 'of the wrong size')
  if (data.readInt32LE(0) !== index) fail(index, 'out of sequence')
  if (data.length > packetSize && data.readInt32LE(data.length - 4) !== index) fail(index, 'out of sequence at its end')
}

/** A received message: whole, in sequence, from the process it should be from, with its descriptors, which are closed. */
export function check(message: Message<Kinds>, index: number): void {
  if (message.truncated || message.controlTruncated) fail(index, 'cut off')
  checkData(message.data, index)
  if (!task.plain && message.get(credentials)?.pid !== task.from) fail(index, 'from another process')
  if (task.rights > 0) {
    const fds = message.get(rights)
    if (fds?.length !== task.rights) fail(index, 'without its descriptors')
    if (task.taken) for (const fd of fds) closeSync(fd.take())
    else message[Symbol.dispose]()
  }
}

export function ready(): void {
  console.log('ready')
}

/** A sender begins when it is told. */
export function waitForGo(): void {
  ready()
  readSync(0, Buffer.alloc(16))
}

const cpu = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1000
}

/** Counts messages. The clocks start when the warm-up is over, at the end of a batch. */
export class Meter {
  readonly total: number = task.warmup + task.count
  done = 0
  #before = 0
  #wall = 0n
  #cpu = 0

  add(messages: number): void {
    this.done += messages
    if (this.#before === 0 && this.done >= task.warmup) {
      this.#before = this.done
      this.#cpu = cpu()
      this.#wall = process.hrtime.bigint()
    }
  }

  get over(): boolean {
    return this.done >= this.total
  }

  print(): void {
    const wall = Number(process.hrtime.bigint() - this.#wall)
    console.log(JSON.stringify({ messages: this.done - this.#before, wall, cpu: cpu() - this.#cpu }))
  }
}
