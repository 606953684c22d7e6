/**
 * Descriptors that came with the bytes of a stream, until somebody takes them. A peer sends as many as it likes, so there
 * is a limit for all streams of the thread together; the stream that keeps the most pays for going beyond it.
 * @module
 */
import type { Duplex } from 'node:stream'
import { constants } from '../../../generated/constants.ts'
import { closeAll, OwnedFd } from '../../descriptors/owned-fd.ts'
import { backlog } from '../../errors.ts'
import { counts, maxDescriptorsAhead } from '../../limits.ts'

/** Those that own some. */
const keepers = new Set<KeptDescriptors>()

/** Maximum number of descriptors that are kept: one message may always bring as many as it can. */
const maxKept = (): number => Math.max(constants.SCM_MAX_FD, maxDescriptorsAhead())

/** The streams, which must not be held by what they keep: what a forgotten one has kept is closed. */
const forgotten = new FinalizationRegistry<KeptDescriptors>((kept) => { kept.close() })

/** A descriptor that is kept, or the number of one that a listener owns. */
type Kept = OwnedFd | number
const isOwned = (kept: Kept): kept is OwnedFd => typeof kept !== 'number'

export class KeptDescriptors {
  #list: Kept[] = []
  /** How many of them are owned here. */
  #owned = 0
  readonly #stream: WeakRef<Duplex>
  readonly #advice: string

  /** `stream` is destroyed when it keeps too many; `advice` says how to take them. */
  constructor(stream: Duplex, advice: string) {
    this.#stream = new WeakRef(stream)
    this.#advice = advice
    forgotten.register(stream, this)
  }

  get length(): number {
    return this.#list.length
  }

  /** Keeps these too. Where there are too many now, the stream that keeps the most gives up all of its own. */
  add(fds: readonly number[]): void {
    this.#set([...this.#list, ...owned(fds)])
    if (counts.descriptorsKept <= maxKept()) return
    const [first] = [...keepers].sort((a, b) => b.#owned - a.#owned)
    first!.close()
    first!.#stream.deref()?.destroy(backlog(`Cannot keep more than ${maxKept()} file descriptors that were not taken: ${first!.#advice}`))
  }

  /** Remembers numbers that a listener owns: not so many that they pile up where nobody takes them. */
  addTold(fds: readonly number[]): void {
    this.#set([...this.#list.filter(isOwned), ...[...this.#list.filter((kept) => !isOwned(kept)), ...fds].slice(-maxKept())])
  }

  /** The first ones, which the caller owns from now on. */
  take(count: number): number[] {
    const taken = this.#list.slice(0, count)
    this.#set(this.#list.slice(count))
    return taken.map((kept) => (isOwned(kept) ? kept.take() : kept))
  }

  /** They are the first again. */
  putBack(fds: readonly number[]): void {
    this.#set([...owned(fds), ...this.#list])
  }

  close(): void {
    const list = this.#list
    this.#set([])
    closeAll(list.filter(isOwned))
  }

  #set(list: Kept[]): void {
    const before = this.#owned
    this.#list = list
    this.#owned = list.filter(isOwned).length
    counts.descriptorsKept += this.#owned - before
    if (this.#owned > 0) keepers.add(this)
    else keepers.delete(this)
  }
}

const owned = (fds: readonly number[]): OwnedFd[] => fds.map((fd) => new OwnedFd(fd, 'received'))
