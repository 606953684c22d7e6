/**
 * Logs to systemd's journal with its native protocol.
 * @module
 */
import { writeFileSync } from 'node:fs'
import { constants } from '../../generated/constants.ts'
import { asyncDispose, dispose } from '../dispose.ts'
import { encodeAddress } from '../address/address.ts'
import { OwnedFd } from '../descriptors/owned-fd.ts'
import { rights } from '../descriptors/rights.ts'
import { invalidType, object, show, SystemError } from '../errors.ts'
import { shownAs } from '../inspect.ts'
import { memfd_create } from '../libc/files.ts'
import { fcntl } from '../libc/sockets.ts'
import { MessageSocket } from '../socket/message-socket.ts'
import type { Abortable } from '../socket/types.ts'
import { encodeEntry, type JournalFields } from './journal-entry.ts'

const { SOL_SOCKET, SO_SNDBUF, MFD_ALLOW_SEALING, F_ADD_SEALS, F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE } = constants

/** Options of {@link openJournal}. */
export interface JournalOptions {
  /** Default `SYSLOG_IDENTIFIER=` of the entries: the name that `journalctl` shows, and `journalctl -t` filters by. */
  readonly identifier?: string | undefined
  /** The socket of systemd-journald; `/run/systemd/journal/socket` if absent. */
  readonly path?: string | undefined
}

const standardPath = '/run/systemd/journal/socket'
/** `LOG_INFO`: `journalctl -p` omits entries without a priority. */
const info = 6
/** Errnos for an entry that does not fit into a datagram, or for which the kernel has no contiguous memory. */
const tooLarge = new Set(['EMSGSIZE', 'ENOBUFS'])

/** A connection to systemd-journald, opened by {@link openJournal}. */
export class Journal implements AsyncDisposable, Disposable {
  static {
    shownAs(this, 'Journal', ({ identifier, path }) => ({ identifier, path }))
  }

  /** `SYSLOG_IDENTIFIER=` of its entries. */
  readonly identifier: string | undefined
  /** The socket of systemd-journald. */
  readonly path: string
  readonly #socket: MessageSocket
  /** Maximum size of an entry that always fits into a datagram. */
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
    // Not connected, so that it reaches a restarted systemd-journald too.
    this.#socket = MessageSocket.open({ family: 'unix', type: 'datagram' })
    this.#room = this.#socket.getOption(SOL_SOCKET, SO_SNDBUF) / 2
  }

  /**
   * `sd_journal_send(3)`: logs a message, or an entry with any fields. `PRIORITY=` is 6 (info) unless the entry has one.
   * systemd-journald adds the sender and the time: `_PID=`, `_UID=`, `_COMM=`, …
   *
   * An entry that is larger than a datagram is sent in a sealed memory file. As with {@link MessageSocket.send}, a promise that is
   * not awaited needs a `catch`, and {@link flush} waits for all entries.
   *
   * @throws SystemError ENOENT, ECONNREFUSED: systemd-journald is not running; EACCES
   * @throws TypeError, RangeError `ERR_CMSG_*`: an invalid field; Error `ERR_CMSG_BACKLOG`: too many entries are already waiting;
   * `ERR_CMSG_CLOSED`
   */
  async send(entry: string | JournalFields): Promise<void> {
    const fields = typeof entry === 'string' ? { MESSAGE: entry } : object('send', 'entry', entry)
    const data = encodeEntry(fields, { PRIORITY: info, SYSLOG_IDENTIFIER: this.identifier })
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

  /** Resolves when every earlier entry has reached systemd-journald, or has failed. */
  flush(options: Abortable = {}): Promise<void> {
    return this.#socket.flush(options)
  }

  /**
   * Closes the journal immediately: waiting entries reject with `ERR_CMSG_CLOSED`. Call {@link flush} first to wait for them. Calling
   * it twice is fine.
   */
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

/** Creates a memory file with seals against any change: systemd-journald refuses files without them. */
function sealed(data: Uint8Array): OwnedFd {
  const file = new OwnedFd(memfd_create('journal-entry', MFD_ALLOW_SEALING))
  try {
    // By its path: Deno's node:fs cannot write to a descriptor that Deno has not opened.
    writeFileSync(`/proc/self/fd/${file.fd}`, data)
    fcntl(file.fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
    return file
  } catch (error) {
    file.close()
    throw error
  }
}

/**
 * Logs to systemd-journald with its native protocol, which supports multi-line text, bytes, and fields in addition to the message.
 *
 * The journal can be opened while systemd-journald is not running; until it runs, `send` rejects.
 *
 * @throws TypeError, RangeError `ERR_CMSG_*`: an invalid path; SystemError EMFILE: RLIMIT_NOFILE is reached
 * @see https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
 * @example
 * import { MessageSocket } from 'cmsg'
 * import { openJournal } from 'cmsg/systemd'
 *
 * const daemon = MessageSocket.bind('/tmp/journal.sock', { type: 'datagram', unlink: true }) // plays systemd-journald
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
