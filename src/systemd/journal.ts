/**
 * The journal of systemd, by its native protocol.
 * @module
 */
import { writeFileSync } from 'node:fs'
import { constants } from '../../generated/constants.ts'
import { asyncDispose, dispose } from '../dispose.ts'
import { encodeAddress } from '../address/address.ts'
import { object } from '../arguments.ts'
import { OwnedFd } from '../descriptors/owned-fd.ts'
import { rights } from '../descriptors/rights.ts'
import { invalidType, show, SystemError } from '../errors.ts'
import { shownAs } from '../inspect.ts'
import { memfd_create } from '../libc/files.ts'
import { fcntl } from '../libc/sockets.ts'
import { MessageSocket } from '../socket/message-socket.ts'
import type { Abortable } from '../socket/types.ts'
import { encodeEntry, type JournalFields } from './journal-entry.ts'

const { SOL_SOCKET, SO_SNDBUF, MFD_ALLOW_SEALING, F_ADD_SEALS, F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE } = constants

/** How the journal is logged to: {@link openJournal}. */
export interface JournalOptions {
  /** `SYSLOG_IDENTIFIER=` of every entry that has none of its own: the name that `journalctl` shows, and `journalctl -t` asks for. */
  readonly identifier?: string | undefined
  /** The socket of systemd-journald; `/run/systemd/journal/socket` if absent. */
  readonly path?: string | undefined
}

const standardPath = '/run/systemd/journal/socket'
/** `LOG_INFO`: without a priority an entry is left out by `journalctl -p`. */
const info = 6
/** An entry that has no room in a datagram, or that the kernel finds no memory for in one piece. */
const tooLarge = new Set(['EMSGSIZE', 'ENOBUFS'])

/** A log of systemd-journald: {@link openJournal} opens it. */
export class Journal implements AsyncDisposable, Disposable {
  static {
    shownAs(this, 'Journal', ({ identifier, path }) => ({ identifier, path }))
  }

  /** `SYSLOG_IDENTIFIER=` of its entries. */
  readonly identifier: string | undefined
  /** The socket of systemd-journald. */
  readonly path: string
  readonly #socket: MessageSocket
  /** Bytes of an entry that are sure to have room in a datagram. */
  readonly #room: number

  /** @internal */
  constructor({ identifier, path = standardPath }: JournalOptions) {
    if (identifier !== undefined && typeof identifier !== 'string') {
      throw invalidType(`Cannot log as ${show(identifier)}: expected a string as identifier`)
    }
    if (typeof path !== 'string') throw invalidType(`Cannot log to ${show(path)}: expected a string as path`)
    encodeAddress(path)
    this.identifier = identifier
    this.path = path
    // Not connected: it finds a systemd-journald that is started anew.
    this.#socket = MessageSocket.open({ family: 'unix', type: 'datagram' })
    this.#room = this.#socket.getOption(SOL_SOCKET, SO_SNDBUF) / 2
  }

  /**
   * `sd_journal_send(3)`: log a message, or an entry of any fields. `PRIORITY=` is 6 (info) unless it says otherwise. systemd-journald
   * adds the sender and the time: `_PID=`, `_UID=`, `_COMM=`, …
   *
   * An entry that is larger than a datagram goes in a sealed memory file. As with {@link MessageSocket.send} a promise that is
   * not awaited needs a `catch`, and {@link flush} awaits all of them.
   *
   * @throws SystemError ENOENT, ECONNREFUSED: systemd-journald is not there; EACCES
   * @throws TypeError, RangeError `ERR_CMSG_*`: a field that cannot be; Error `ERR_CMSG_BACKLOG`: too much waits already;
   * `ERR_CMSG_CLOSED`
   */
  async send(entry: string | JournalFields): Promise<void> {
    const fields = typeof entry === 'string' ? { MESSAGE: entry } : object('send', 'entry', entry)
    const data = encodeEntry({ PRIORITY: info, SYSLOG_IDENTIFIER: this.identifier, ...fields })
    const { path: to } = this
    // An entry that is too large is not tried as a datagram first, so that entries keep their order.
    if (data.length <= this.#room) {
      try {
        await this.#socket.send(data, { to })
        return
      } catch (error) {
        if (!(error instanceof SystemError && tooLarge.has(error.code))) throw error
      }
    }
    const file = sealed(data)
    try {
      const sent = this.#socket.send('', { to, control: [rights([file])] })
      file.close()
      await sent
    } finally {
      file.close()
    }
  }

  /** Resolves when every entry that was sent before has reached systemd-journald, or failed to. */
  flush(options: Abortable = {}): Promise<void> {
    return this.#socket.flush(options)
  }

  /** Close it, at once: entries that wait reject with `ERR_CMSG_CLOSED`. {@link flush} waits for them. More than once is fine. */
  close(): Promise<void> {
    return this.#socket.close()
  }

  /** {@link close}, for `using`. */
  [dispose](): void {
    void this.close()
  }

  /** {@link close}, for `await using`. */
  [asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** A memory file that nobody can change any more: systemd-journald refuses others. */
function sealed(data: Uint8Array): OwnedFd {
  const file = new OwnedFd(memfd_create('journal-entry', MFD_ALLOW_SEALING))
  try {
    // By its path: Deno's node:fs writes to no number that Deno has not opened.
    writeFileSync(`/proc/self/fd/${file.fd}`, data)
    fcntl(file.fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
    return file
  } catch (error) {
    file.close()
    throw error
  }
}

/**
 * Log to systemd-journald by its native protocol: fields beside the message, text of several lines, bytes.
 *
 * It can be opened while systemd-journald is not there; then `send` rejects.
 *
 * @throws TypeError, RangeError `ERR_CMSG_*`: a path that cannot be; SystemError EMFILE: RLIMIT_NOFILE is reached
 * @see https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
 * @example
 * import { MessageSocket } from 'cmsg'
 * import { openJournal } from 'cmsg/systemd'
 *
 * const daemon = MessageSocket.bind('/tmp/journal.sock', { type: 'datagram', unlink: true }) // in place of systemd-journald
 * const journal = openJournal({ identifier: 'demo', path: '/tmp/journal.sock' })
 * await journal.send({ MESSAGE: 'an order', ORDER_ID: 1234, PRIORITY: 5 })
 * const entry = await daemon.receive()
 * String(entry?.data) // 'PRIORITY=5\nSYSLOG_IDENTIFIER=demo\nMESSAGE=an order\nORDER_ID=1234\n'
 * await journal.close()
 * await daemon.close()
 */
export function openJournal(options: JournalOptions = {}): Journal {
  return new Journal(object('openJournal', 'options', options))
}
