/**
 * Keeps the descriptors received on a stream until they are taken. A peer can send as many as it likes, so there is a limit for all
 * streams of the thread together. Beyond it, the stream that keeps the most is destroyed.
 * @module
 */
import type { Duplex } from 'node:stream'
import { constants } from '../../../generated/constants.ts'
import { closeAll, OwnedFd } from '../../descriptors/owned-fd.ts'
import { backlog } from '../../errors.ts'
import { counts, maxDescriptorsAhead, sharedByCopies } from '../../limits.ts'

/** A stream that keeps descriptors, perhaps one of another copy of this package. */
interface Keeper {
  /** The number of descriptors that it keeps. */
  readonly count: number
  /** Closes them, and destroys the stream. */
  giveUp(): void
}

/** The streams that keep descriptors, in all copies of this package on this thread. */
const keepers = sharedByCopies('cmsg.keepers', () => new Set<Keeper>())

/** Maximum number of descriptors that are kept: at least as many as one message can have. */
const maxKept = (): number => Math.max(constants.SCM_MAX_FD, maxDescriptorsAhead())

/** Closes the descriptors of streams that were garbage-collected. Kept descriptors must not reference their stream. */
const forgotten = new FinalizationRegistry<KeptDescriptors>((kept) => { kept.close() })

/** A kept descriptor, or the number of one that a listener owns. */
type Kept = OwnedFd | number
const isOwned = (kept: Kept): kept is OwnedFd => typeof kept !== 'number'

/** The descriptors that one stream keeps, in the order of their arrival. */
export class KeptDescriptors implements Keeper {
  #list: Kept[] = []
  /** The number of descriptors in the list that are owned here. */
  #owned = 0
  readonly #stream: WeakRef<Duplex>
  readonly #advice: string

  /** `stream` is destroyed when it keeps too many; `advice` explains how to take them. */
  constructor(stream: Duplex, advice: string) {
    this.#stream = new WeakRef(stream)
    this.#advice = advice
    forgotten.register(stream, this)
  }

  get length(): number {
    return this.#list.length
  }

  get count(): number {
    return this.#owned
  }

  /** Keeps more descriptors. If there are then too many, the stream that keeps the most is destroyed. */
  add(fds: readonly number[]): void {
    this.#set([...this.#list, ...owned(fds)])
    if (counts.descriptorsKept <= maxKept()) return
    const [first] = [...keepers].sort((a, b) => b.count - a.count)
    first!.giveUp()
  }

  giveUp(): void {
    this.close()
    const error = backlog(`Cannot keep more than ${maxKept()} file descriptors that were not taken: ${this.#advice}`)
    this.#stream.deref()?.destroy(error)
  }

  /** Remembers numbers that a listener owns, up to a limit. */
  addOwnedByListener(fds: readonly number[]): void {
    this.#set([...this.#list.filter(isOwned), ...[...this.#list.filter((kept) => !isOwned(kept)), ...fds].slice(-maxKept())])
  }

  /** Removes the first `count` descriptors, which the caller then owns. */
  take(count: number): number[] {
    const taken = this.#list.slice(0, count)
    this.#set(this.#list.slice(count))
    return taken.map((kept) => (isOwned(kept) ? kept.take() : kept))
  }

  /** Puts descriptors back in front. */
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
