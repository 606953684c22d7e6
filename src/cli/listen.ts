/**
 * `cmsg listen`: print what arrives at a socket.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { InvalidArgumentError, Option, type Command } from 'commander'
import type { Address } from '../address/address.ts'
import type { AnyControlMessage, Family } from '../control/define.ts'
import { credentials } from '../control/kinds/socket.ts'
import { MessageSocket } from '../socket/message-socket.ts'
import type { SocketType } from '../socket/options/options.ts'
import { OwnedFd } from '../descriptors/owned-fd.ts'
import { rights } from '../descriptors/rights.ts'
import { SystemError } from '../errors.ts'
import { addressForms, parseAddress, showAddress } from './address.ts'
import { explained } from './errors.ts'
import { interruptible } from './interrupt.ts'
import { kindsOf, receivableNames, usual } from './receive-option.ts'
import { printMessage, senderOf, showSender, type AnyMessage, type Printing, type Sender } from './message.ts'
import { say } from './style.ts'
import { examples, offering, status, usage, whole } from './usage.ts'

interface Options extends Printing {
  readonly type: SocketType
  readonly receive?: string
  readonly count?: number
  readonly reply?: string
  readonly unlink?: boolean
  readonly mode?: number
  readonly size: number
  readonly exec?: string
  readonly quiet?: boolean
}

export function define(command: Command): void {
  command
    .description('Print each message that arrives at a socket: who sent it, what is in it, and what came along.\nDescriptors are described and closed; the socket file is removed at the end.')
    .argument('<address>', addressForms)
    .addOption(typeOption())
    .addOption(offering(new Option('-r, --receive <kinds>', 'control messages to ask for, with commas between; `cmsg types` has them all; "none" for none (default: credentials,rights on a Unix socket)'), receivableNames))
    .addOption(new Option('-n, --count <n>', 'end after so many messages').argParser(whole(1)))
    .option('--reply <text>', 'send this back to whoever sent a message')
    .option('-u, --unlink', 'replace a socket file that nobody is bound to any more')
    .addOption(new Option('--mode <octal>', 'permissions of the socket file: 666 lets everybody send').argParser(octal))
    .addOption(new Option('--size <bytes>', 'room for the data of a message; more is cut off').argParser(whole(1, 1 << 30)).default(65536))
    .option('--exec <command>', 'run a shell command for each message: its descriptors are 3, 4, …, its data is standard input')
    .option('--hex', 'show all data as hex')
    .addOption(new Option('--raw', 'print nothing but the data, as it came').conflicts(['json', 'hex']))
    .addOption(new Option('--json', 'print a line of JSON for each message').conflicts('hex'))
    .option('-q, --quiet', 'do not say on standard error where it listens')
    .addHelpText('after', `${examples([
      ['cmsg listen /tmp/demo.sock', 'Who sends me datagrams, and what'],
      ['cmsg listen @demo --type stream --reply pong', 'A service in the abstract namespace'],
      ['cmsg listen /tmp/demo.sock --receive credentials,pidfd,rights,timestampNs --json | jq .sender', 'All about a message, for a program'],
      ["cmsg listen /tmp/demo.sock --exec 'cat <&3'", 'Read the file whose descriptor was passed'],
      ['cmsg listen 127.0.0.1:5000 --receive packetInfo,ttl', 'How a UDP packet came in'],
    ])}

With --exec the command also has CMSG_FDS, how many descriptors there are, and CMSG_PID, CMSG_UID and CMSG_GID of the sender.
Its output is what it prints. A command that fails makes the exit status 1.`)
    .action(async (address: string, options: Options) => {
      await interruptible((signal) => listen(parseAddress(address), options, signal))
    })
}

export const socketTypes = ['datagram', 'seqpacket', 'stream'] as const satisfies readonly SocketType[]
export const typeOption = (): Option => new Option('-T, --type <type>', 'what kind of socket').choices(socketTypes).default('datagram')

export const familyOf = (address: Address): Family => ('address' in address ? (address.address.includes(':') ? 'inet6' : 'inet') : 'unix')

function octal(text: string): number {
  if (!/^0?[0-7]{1,3}$/.test(text)) throw new InvalidArgumentError('Expected octal permissions, such as 666.')
  return parseInt(text, 8)
}

const exists = (address: Address): boolean => 'path' in address && lstatSync(address.path as string, { throwIfNoEntry: false }) !== undefined

async function listen(address: Address, options: Options, signal: AbortSignal): Promise<void> {
  const { type, size, unlink = false, mode, count = Infinity, quiet = false } = options
  const family = familyOf(address)
  const receive = options.receive === undefined ? usual(family) : kindsOf(options.receive, family)
  if (mode !== undefined && !('path' in address)) throw usage('--mode is about a socket file, and this address has none')
  // A file that is ours is removed at the end; one that is in the way is only replaced when asked.
  await using socket = MessageSocket.bind(address, { type, receive, messageSize: size, unlink: unlink || !exists(address), ...(mode === undefined ? {} : { mode }) })
  if (!quiet) say(`listening on ${showAddress(socket.address)}, ${type}${receive.length > 0 ? `, receiving ${receive.map(({ kind }) => kind).join(', ')}` : ''}`)

  const replies = new Set<Promise<void>>()
  let left = count
  const done = new AbortController()
  const until = AbortSignal.any([signal, done.signal])
  const handle = async (message: AnyMessage, from: MessageSocket<AnyControlMessage>, connection?: Connection): Promise<void> => {
    if (left-- <= 0) return
    if (options.exec === undefined) printMessage(message, options, connection)
    else await execute(options.exec, message, until)
    // Not awaited: a peer that does not read holds up nobody but itself.
    if (options.reply !== undefined) {
      const reply = answer(options.reply, message, from, connection, until)
      keep(replies, reply)
      if (connection !== undefined) keep(connection.replies, reply)
    }
    if (left > 0) return
    await Promise.race([Promise.all(replies), pause(patience, undefined, { ref: false })])
    done.abort()
  }
  try {
    if (type === 'datagram') await each(socket, until, (message) => handle(message, socket))
    else await serve(socket, until, handle, (text) => { if (!quiet) say(text) })
  } catch (error) {
    if (error !== done.signal.reason) throw error
  }
}

/** ms, for replies that still wait when the last message has come. */
const patience = 1000

/** Remember what goes on, for as long as it does. */
function keep(all: Set<Promise<void>>, one: Promise<void>): void {
  const kept: Promise<void> = one.finally(() => all.delete(kept))
  all.add(kept)
}

/** What a message came by. */
interface Connection { readonly number: number; readonly peer: Sender | undefined; readonly replies: Set<Promise<void>> }

/** Every message, each closed before the next. */
async function each(socket: MessageSocket<AnyControlMessage>, signal: AbortSignal, handle: (message: AnyMessage) => Promise<void>): Promise<void> {
  for (;;) {
    using message = await socket.receive({ signal })
    if (message === undefined) return
    await handle(message)
    // A message that is here already is not waited for, and the end would come after it.
    signal.throwIfAborted()
  }
}

/** Every connection, all at once. */
async function serve(
  listener: MessageSocket<AnyControlMessage>, signal: AbortSignal,
  handle: (message: AnyMessage, from: MessageSocket<AnyControlMessage>, connection: Connection) => Promise<void>, tell: (text: string) => void,
): Promise<void> {
  const open = new Set<Promise<void>>()
  const failed = new AbortController()
  const until = AbortSignal.any([signal, failed.signal])
  const talk = async (socket: MessageSocket<AnyControlMessage>, number: number): Promise<void> => {
    await using connection = socket
    const known = connection.peerCredentials()
    const peer = known && senderOf(known)
    const replies = new Set<Promise<void>>()
    tell(`connection ${number}${peer === undefined ? '' : ` by ${showSender(peer)}`}`)
    try {
      await each(connection, until, (message) => handle(message, connection, { number, peer, replies }))
      // It may have said all it has to say, and still read.
      await Promise.all(replies)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      if (error.code !== 'ECONNRESET') say(`connection ${number}: ${explained(error)}`)
    }
    tell(`connection ${number} ended`)
  }
  try {
    for (let number = 1; ; number++) {
      const connection = await acceptSoon(listener, until)
      keep(open, talk(connection, number).catch((error: unknown) => { failed.abort(error) }))
    }
  } finally {
    failed.abort()
    await Promise.all(open)
  }
}

/** What passes: too many descriptors are open, there is no memory, or the client has gone before it was accepted. */
const passing = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'ECONNABORTED', 'EPROTO', 'EPERM'])

/** The next connection, once one can be accepted. */
async function acceptSoon(listener: MessageSocket<AnyControlMessage>, signal: AbortSignal): Promise<MessageSocket<AnyControlMessage>> {
  for (let tries = 0; ; tries++) {
    try {
      return await listener.accept({ signal })
    } catch (error) {
      if (!(error instanceof SystemError && passing.has(error.code))) throw error
      if (tries === 0) say(`cannot accept a connection, and try again: ${explained(error)}`)
      await pause(100, undefined, { signal }).catch(() => { signal.throwIfAborted() })
    }
  }
}

/** Send a reply, or say why that cannot be. */
async function answer(text: string, message: AnyMessage, from: MessageSocket<AnyControlMessage>, connection: Connection | undefined, signal: AbortSignal): Promise<void> {
  if (connection === undefined && 'unnamed' in message.address) return say('no reply: the sender has no address; it would need to bind its socket')
  try {
    await from.send(text, connection === undefined ? { to: message.address, signal } : { signal })
  } catch (error) {
    if (!signal.aborted) say(`no reply: ${explained(error)}`)
  }
}

/** Run a command with the descriptors of a message, and wait for its end; say where it fails, and where it cannot be run. */
async function execute(command: string, message: AnyMessage, signal: AbortSignal): Promise<void> {
  const how = await run(command, message, signal).catch((error: unknown) => error as Error)
  if (how === 0) return
  say(how instanceof Error ? `the command could not be run: ${how.message}` : `the command ended with ${how}`)
  process.exitCode = status.failed
}

/** Its exit status, or the signal that ended it. */
async function run(command: string, message: AnyMessage, signal: AbortSignal): Promise<number | NodeJS.Signals> {
  const fds = message.control.flatMap((one) => ('value' in one && one.kind === rights.kind ? one.value as OwnedFd[] : []))
  const who = message.get(credentials)
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['pipe', 'inherit', 'inherit', ...fds.map(({ fd }) => fd)],
    env: {
      ...process.env, CMSG_FDS: String(fds.length),
      ...(who === undefined ? {} : { CMSG_PID: String(who.pid), CMSG_UID: String(who.uid), CMSG_GID: String(who.gid) }),
    },
  })
  const stop = (): void => { child.kill('SIGTERM') }
  signal.addEventListener('abort', stop)
  try {
    // It need not read. Where no more descriptors can be opened there is none.
    child.stdin?.on('error', () => {}).end(message.data)
    const [code, killed] = await once(child, 'close') as [number, null] | [null, NodeJS.Signals]
    return code ?? killed
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
