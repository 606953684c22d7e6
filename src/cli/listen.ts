/**
 * `cmsg listen`: prints each message that arrives at a socket.
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
import { defaultDataSize } from '../message/batch.ts'
import { MessageSocket } from '../socket/message-socket.ts'
import { maxMessageSize, type SocketType } from '../socket/options/options.ts'
import type { OwnedFd } from '../descriptors/owned-fd.ts'
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
    .description('Print each message that arrives at a socket: its sender, its data and its control messages.\n'
      + 'Received descriptors are described, then closed; the socket file is removed at the end.')
    .argument('<address>', addressForms)
    .addOption(typeOption())
    .addOption(offering(
      new Option('-r, --receive <kinds>', 'control messages to ask for, separated by commas; `cmsg types` lists them; '
        + '"none" for none (default: credentials,rights on a Unix socket)'),
      receivableNames,
    ))
    .addOption(new Option('-n, --count <n>', 'end after this number of messages').argParser(whole(1)))
    .option('--reply <text>', 'send this text back to the sender of each message')
    .option('-u, --unlink', 'replace a socket file that no socket is bound to any more')
    .addOption(new Option('--mode <octal>', 'permissions of the socket file: 666 lets all users send').argParser(octal))
    .addOption(new Option('--size <bytes>', 'maximum size of the data of a message; the rest is cut off')
      .argParser(whole(1, maxMessageSize)).default(defaultDataSize))
    .option('--exec <command>', 'run a shell command for each message, with the descriptors as 3, 4, … and the data as standard input')
    .option('--hex', 'show all data as hex')
    .addOption(new Option('--raw', 'print only the data, unchanged').conflicts(['json', 'hex']))
    .addOption(new Option('--json', 'print a line of JSON for each message').conflicts('hex'))
    .option('-q, --quiet', 'do not print the socket address on standard error')
    .addHelpText('after', `${examples([
      ['cmsg listen /tmp/demo.sock', 'Print datagrams and their senders'],
      ['cmsg listen @demo --type stream --reply pong', 'A service in the abstract namespace'],
      ['cmsg listen /tmp/demo.sock --receive credentials,pidfd,rights,timestampNs --json | jq .sender', 'Print all details, for a program'],
      ["cmsg listen /tmp/demo.sock --exec 'cat <&3'", 'Read the file whose descriptor was passed'],
      ['cmsg listen 127.0.0.1:5000 --receive packetInfo,ttl', 'Print the interface and the time to live of UDP packets'],
    ])}

With --exec, the environment of the command has CMSG_FDS, the number of descriptors, and the sender's CMSG_PID, CMSG_UID and CMSG_GID,
which are not set if the sender is unknown. Only the output of the command is printed. If a command fails, the exit status is 1.`)
    .action(async (address: string, options: Options) => {
      await interruptible((signal) => listen(parseAddress(address), options, signal))
    })
}

export const socketTypes = ['datagram', 'seqpacket', 'stream'] as const satisfies readonly SocketType[]
export const typeOption = (): Option => new Option('-T, --type <type>', 'type of the socket').choices(socketTypes).default('datagram')

/** Checks that sockets of the family have the type. */
export function checkType(type: SocketType, family: Family): void {
  if (type === 'seqpacket' && family !== 'unix') throw usage('--type seqpacket is for Unix sockets: expected datagram or stream')
}

export const familyOf = (address: Address): Family => ('address' in address ? (address.address.includes(':') ? 'inet6' : 'inet') : 'unix')

function octal(text: string): number {
  if (!/^0?[0-7]{1,3}$/.test(text)) throw new InvalidArgumentError('Expected octal permissions, such as 666.')
  return parseInt(text, 8)
}

const exists = (address: Address): boolean =>
  'path' in address && lstatSync(address.path as string, { throwIfNoEntry: false }) !== undefined

async function listen(address: Address, options: Options, signal: AbortSignal): Promise<void> {
  const { type, size, unlink = false, mode, count = Infinity, quiet = false } = options
  const family = familyOf(address)
  checkType(type, family)
  const receive = options.receive === undefined ? usual(family) : kindsOf(options.receive, family)
  if (mode !== undefined && !('path' in address)) throw usage('--mode applies to a socket file, and this address has none')
  // Removes its own socket file at the end, and replaces an existing file only if asked to.
  await using socket = MessageSocket.bind(address, {
    type, receive, messageSize: size, unlink: unlink || !exists(address), ...(mode === undefined ? {} : { mode }),
  })
  const receiving = receive.length > 0 ? `, receiving ${receive.map(({ kind }) => kind).join(', ')}` : ''
  if (!quiet) say(`listening on ${showAddress(socket.address)}, ${type}${receiving}`)

  const replies = new Set<Promise<void>>()
  let left = count
  const done = new AbortController()
  const until = AbortSignal.any([signal, done.signal])
  const handle = async (message: AnyMessage, from: MessageSocket<AnyControlMessage>, connection?: Connection): Promise<void> => {
    if (left-- <= 0) return
    if (options.exec === undefined) printMessage(message, options, connection)
    else await execute(options.exec, message, until)
    // Not awaited, so that a peer that does not read delays only itself.
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

/** Time in ms for replies that are still waiting after the last message. */
const patience = 1000

/** Adds a promise to a set until it settles. */
function keep(all: Set<Promise<void>>, one: Promise<void>): void {
  const kept: Promise<void> = one.finally(() => all.delete(kept))
  all.add(kept)
}

/** The connection of a message. */
interface Connection { readonly number: number; readonly peer: Sender | undefined; readonly replies: Set<Promise<void>> }

/** Handles every message, and closes each before the next. */
async function each(
  socket: MessageSocket<AnyControlMessage>, signal: AbortSignal, handle: (message: AnyMessage) => Promise<void>,
): Promise<void> {
  for (;;) {
    using message = await socket.receive({ signal })
    if (message === undefined) return
    await handle(message)
    // If a message is already there, receiving it does not wait, so the abort must be checked first.
    signal.throwIfAborted()
  }
}

/** Handles all connections concurrently. */
async function serve(
  listener: MessageSocket<AnyControlMessage>, signal: AbortSignal,
  handle: (message: AnyMessage, from: MessageSocket<AnyControlMessage>, connection: Connection) => Promise<void>,
  tell: (text: string) => void,
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
      // The peer may have shut down its sending side and still read.
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

/** Temporary failures: too many open descriptors, lack of memory, or a client that has gone before it was accepted. */
const passing = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'ECONNABORTED', 'EPROTO', 'EPERM'])

/** Waits for the next connection, and retries after temporary failures. */
async function acceptSoon(listener: MessageSocket<AnyControlMessage>, signal: AbortSignal): Promise<MessageSocket<AnyControlMessage>> {
  for (let tries = 0; ; tries++) {
    try {
      return await listener.accept({ signal })
    } catch (error) {
      if (!(error instanceof SystemError && passing.has(error.code))) throw error
      if (tries === 0) say(`cannot accept a connection, trying again: ${explained(error)}`)
      await pause(100, undefined, { signal }).catch(() => { signal.throwIfAborted() })
    }
  }
}

/** Sends a reply, or reports why it cannot be sent. */
async function answer(
  text: string, message: AnyMessage, from: MessageSocket<AnyControlMessage>, connection: Connection | undefined, signal: AbortSignal,
): Promise<void> {
  if (connection === undefined && 'unnamed' in message.address) {
    return say('no reply: the sender has no address, because its socket is not bound')
  }
  try {
    await from.send(text, connection === undefined ? { to: message.address, signal } : { signal })
  } catch (error) {
    if (!signal.aborted) say(`no reply: ${explained(error)}`)
  }
}

/** Runs a command with the descriptors of a message, waits for its end, and reports failures. */
async function execute(command: string, message: AnyMessage, signal: AbortSignal): Promise<void> {
  const how = await run(command, message, signal).catch((error: unknown) => error as Error)
  if (how === 0) return
  say(how instanceof Error ? `the command could not be run: ${how.message}` : `the command ended with ${how}`)
  process.exitCode = status.failed
}

/** Returns the exit status, or the signal that ended the command. */
async function run(command: string, message: AnyMessage, signal: AbortSignal): Promise<number | NodeJS.Signals> {
  const fds = message.control.flatMap((one) => ('value' in one && one.kind === rights.kind ? one.value as OwnedFd[] : []))
  const who = message.get(credentials)
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['pipe', 'inherit', 'inherit', ...fds.map(({ fd }) => fd)],
    // A variable that is undefined is removed: the environment of this process must not name another sender.
    env: {
      ...process.env, CMSG_FDS: String(fds.length),
      CMSG_PID: who && String(who.pid), CMSG_UID: who && String(who.uid), CMSG_GID: who && String(who.gid),
    },
  })
  const stop = (): void => { child.kill('SIGTERM') }
  signal.addEventListener('abort', stop)
  try {
    // The command may not read its input. If no more descriptors can be opened, it has no stdin.
    child.stdin?.on('error', () => {}).end(message.data)
    const [code, killed] = await once(child, 'close') as [number, null] | [null, NodeJS.Signals]
    return code ?? killed
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
