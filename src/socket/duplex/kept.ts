/**
 * Descriptors that came with the bytes of a stream, until somebody takes them. A peer sends as many as it likes, so there
 * is a limit for all streams of the thread together; the stream that keeps the most pays for going beyond it.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { closeAll, OwnedFd } from '../../descriptors/owned-fd.ts'
import { counts, maxDescriptorsAhead } from '../../limits.ts'

/** Those that keep some. */
const keepers = new Set<KeptDescriptors>()

/** Maximum number of descriptors that are kept: one message may always bring as many as it can. */
export const maxKept = (): number => Math.max(constants.SCM_MAX_FD, maxDescriptorsAhead())

export class KeptDescriptors {
  #fds: OwnedFd[] = []
  readonly #onOverflow: () => void

  /** `onOverflow` is called once this one must keep nothing any more. */
  constructor(onOverflow: () => void) {
    this.#onOverflow = onOverflow
  }

  get size(): number {
    return this.#fds.length
  }

  /** Keeps these too. Where there are too many now, the stream that keeps the most gives up all of its own. */
  add(fds: readonly number[]): void {
    this.#set([...this.#fds, ...fds.map((fd) => new OwnedFd(fd, 'received'))])
    if (counts.descriptorsKept <= maxKept()) return
    const [first] = [...keepers].sort((a, b) => b.size - a.size)
    first!.close()
    first!.#onOverflow()
  }

  /** The first ones, which the caller owns from now on. */
  take(count: number): number[] {
    const taken = this.#fds.slice(0, count).map((fd) => fd.take())
    this.#set(this.#fds.slice(count))
    return taken
  }

  close(): void {
    const fds = this.#fds
    this.#set([])
    closeAll(fds)
  }

  #set(fds: OwnedFd[]): void {
    counts.descriptorsKept += fds.length - this.#fds.length
    this.#fds = fds
    if (fds.length > 0) keepers.add(this)
    else keepers.delete(this)
  }
}
