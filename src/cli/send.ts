/**
 * `cmsg send`: sends one message, and waits for its reply.
 * @module
 */
import { fstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { INT_MAX } from '../../generated/constants.ts'
import type { AnyControlMessage, ControlItem } from '../control/define.ts'
import { credentials, type Credentials } from '../control/kinds/socket.ts'
import { attempt } from '../errors.ts'
import { MessageSocket } from '../socket/message-socket.ts'
import type { SocketType } from '../socket/options/options.ts'
import { rights } from '../descriptors/rights.ts'
import type { Address } from '../address/address.ts'
import { addressForms, parseAddress, showAddress } from './address.ts'
import { readStandardInput } from './input.ts'
import { interruptible } from './interrupt.ts'
import { kindsOf, receivableNames, usual } from './receive-option.ts'
import { checkType, familyOf, typeOption } from './listen.ts'
import { printMessage, type Printing } from './message.ts'
import { examples, offering, repeated, usage, whole } from './usage.ts'

interface Options extends Printing {
  readonly type: SocketType
  readonly fd?: readonly number[]
  readonly credentials?: Credentials
  readonly reply?: boolean
  readonly receive?: string
  readonly bind?: string
  readonly timeout: number
}

export function define(command: Command): void {
  command
    .description('Send one message, optionally with descriptors and credentials, and print the reply.')
    .argument('<address>', addressForms)
    .argument('[data]', 'the data; - reads standard input to its end; empty if absent')
    .addOption(typeOption())
    .addOption(new Option('--fd <n>', 'pass this descriptor, which the shell opened: `--fd 3 3</etc/hostname`; repeatable')
      .argParser(repeated(whole(0, 2 ** 31 - 1))))
    .addOption(new Option('-c, --credentials <pid:uid:gid>', 'send these credentials; an empty part is that of this process')
      .argParser(identity))
    .option('--reply', 'wait for a reply, and print it')
    .addOption(offering(
      new Option('-r, --receive <kinds>', 'control messages to ask for with the reply (default: credentials,rights on a Unix socket)'),
      receivableNames,
    ))
    .option('-b, --bind <address>', 'send from this address; with --reply, the default of a Unix socket is an abstract one')
    .addOption(new Option('--timeout <ms>', 'time to wait for room at the receiver and for the reply; 0 waits forever')
      .argParser(whole(0, 2 ** 31 - 1)).default(10_000))
    .option('--hex', 'show the reply as hex')
    .addOption(new Option('--raw', 'print only the data of the reply').conflicts(['json', 'hex']))
    .addOption(new Option('--json', 'print the reply as JSON').conflicts('hex'))
    .addHelpText('after', examples([
      ['cmsg send /tmp/demo.sock hello', 'Send a datagram'],
      ['cmsg send /tmp/demo.sock "read this" --fd 3 3</etc/hostname', 'Pass a descriptor (without npx, which passes only 0 to 2)'],
      ['cmsg send @demo ping --type stream --reply', 'Send a request, and print the reply'],
      ['date | cmsg send /tmp/demo.sock - --credentials ::100', 'Send standard input, with another group of this process'],
      ['cmsg send 127.0.0.1:5000 ping --reply --timeout 1000', 'Send over UDP, and wait up to a second for the reply'],
    ]))
    .action(async (address: string, data: string | undefined, options: Options) => {
      await interruptible((signal) => send(parseAddress(address), data, options, signal))
    })
}

function identity(text: string): Credentials {
  const parts = text.split(':')
  const limits = [INT_MAX, 2 ** 32 - 1, 2 ** 32 - 1]
  if (parts.length !== 3 || !parts.every((part, i) => /^\d*$/.test(part) && Number(part) <= limits[i]!)) {
    throw new InvalidArgumentError('Expected PID:UID:GID, three numbers; an empty part is that of this process. '
      + `The limits are ${limits.join(':')}.`)
  }
  const own = [process.pid, process.getuid?.() ?? 0, process.getgid?.() ?? 0]
  const [pid, uid, gid] = parts.map((part, i) => (part === '' ? own[i]! : Number(part))) as [number, number, number]
  return { pid, uid, gid }
}

async function send(address: Address, data: string | undefined, options: Options, interrupted: AbortSignal): Promise<void> {
  const { type, fd: fds = [], timeout, reply = false } = options
  const family = familyOf(address)
  checkType(type, family)
  if (family !== 'unix' && (fds.length > 0 || options.credentials !== undefined)) {
    throw usage('descriptors and credentials can only be sent over Unix sockets')
  }
  if (!reply && options.receive !== undefined) throw usage('--receive applies to the reply: add --reply')
  for (const fd of fds) checkPassed(fd)
  const control: ControlItem[] = [
    ...(options.credentials === undefined ? [] : [credentials(options.credentials)]), ...(fds.length > 0 ? [rights(fds)] : []),
  ]
  const receive: readonly AnyControlMessage[] =
    !reply ? [] : options.receive === undefined ? usual(family) : kindsOf(options.receive, family)
  const own = options.bind === undefined ? undefined : parseAddress(options.bind)
  if (own !== undefined && familyOf(own) !== family) {
    const kind = (of: Address): string => 
      ('address' in of ? (of.address.includes(':') ? 'an IPv6' : 'an IPv4') : 'a Unix')
    throw usage(`--bind ${showAddress(own)} is ${kind(own)} address, and ${showAddress(address)} is ${kind(address)} address: `
      + 'expected two of one family')
  }
  const bytes = data === '-' ? await readStandardInput(interrupted) : Buffer.from(data ?? '')
  if (type === 'stream' && bytes.length === 0) throw usage('a stream cannot send an empty message: add the data')

  const late = new AbortController()
  const timer = timeout === 0 ? undefined : setTimeout(() => { late.abort(new Error(waited)) }, timeout)
  let waited = `nothing was sent within ${timeout} ms: ${showAddress(address)} does not accept it`
  const signal = AbortSignal.any([interrupted, late.signal])
  try {
    await using socket = MessageSocket.open<AnyControlMessage>({ family: family as 'unix' | 'inet' | 'inet6', type, receive })
    if (own !== undefined) socket.bind(own, { unlink: true })
    else if (reply && family === 'unix' && type === 'datagram') socket.bind({ unnamed: true })
    // Not connected: a connected Unix datagram socket receives only from its peer, and the reply may come from another address.
    const to = type === 'datagram' && family === 'unix' ? address : undefined
    if (to === undefined) await socket.connect(address, { signal })
    await socket.send(bytes, { control, to, signal })
    if (!reply) return
    waited = `no reply from ${showAddress(address)} within ${timeout} ms`
    using message = await socket.receive({ signal })
    if (message === undefined) throw new Error(`${showAddress(address)} ended the connection without a reply`)
    printMessage(message, options)
  } finally {
    clearTimeout(timer)
  }
}

/** Refuses descriptors that are not open, and those that Node opened for itself at its start. */
function checkPassed(fd: number): void {
  let link: string
  try {
    fstatSync(fd)
    link = readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    throw usage(`descriptor ${fd} is not open: ${remedy(fd)}`)
  }
  if (fd <= 2) return
  // The shell may have left the same end of a pipe open twice, for `3< <(command)`.
  const bothEnds = (): boolean => new Set(readdirSync('/proc/self/fd').filter((other) => linkOf(other) === link).map(accessOf)).size > 1
  // Node's event loop and its wakeup, and pipes of which it has both ends.
  if (/^anon_inode:\[(eventpoll|eventfd|io_uring)\]$/.test(link) || (link.startsWith('pipe:') && bothEnds())) {
    throw usage(`descriptor ${fd} belongs to Node, and was not passed: ${remedy(fd)}`)
  }
}

const remedy = (fd: number): string =>
  `let the shell open it, with ${fd}<file for instance; npx passes only 0 to 2, so run node_modules/.bin/cmsg or a global installation`

const linkOf = (fd: string): string | undefined => attempt(() => readlinkSync(`/proc/self/fd/${fd}`))
/** Returns O_RDONLY, O_WRONLY or O_RDWR: the last octal digit of the descriptor's flags. */
const accessOf = (fd: string): string | undefined =>
  attempt(() => /^flags:\s*\d*(\d)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1])
