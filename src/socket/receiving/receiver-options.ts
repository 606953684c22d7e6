/**
 * What a receiver needs to know of its channel.
 * @module
 */

/** Options of a receiver. */
export interface ReceiverOptions<T> {
  /** The epoll events that report available items. */
  readonly events: number
  /** Maximum number of items to take from the kernel beyond those that were asked for. */
  readonly readAhead: () => number
  /** True if a peek may begin behind items that were not received (SO_PEEK_OFF), so that the end it finds is not the end of those. */
  readonly peeksBehind?: () => boolean
  /** False if more may arrive after the end that a hang-up means. True if absent. */
  readonly endLasts?: () => boolean
  /** The kernel may not report available items (AF_ALG): a request tries to read before it waits. */
  readonly tryFirst?: boolean
  /** The number of descriptors in an item, and the maximum number. Absent if items have none. */
  readonly descriptors?: { readonly of: (item: T) => number; readonly max: () => number }
  /** Items are moved out of the kernel even if no request waits, and the newest `max` are kept. */
  readonly keep?: { readonly max: number; readonly onDropped: (items: readonly T[]) => void }
  /** Called after each system call that took items. The callback may do anything, even close the socket. */
  readonly onTaken?: (items: readonly T[]) => void
  /** Called at the end with the items that were not received. */
  readonly onLeft?: (items: readonly T[]) => void
  /** Called when a request starts or stops waiting. */
  readonly onWaiting: () => void
}
