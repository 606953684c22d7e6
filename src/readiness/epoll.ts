/**
 * The calls of epoll(7).
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { structs } from '../abi/structs.ts'
import { succeeded } from '../arguments.ts'
import { Arena, scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'

/** Something that calls back on the event loop while an epoll descriptor has events. */
export interface Wakeup {
  /** Keeps the process alive while waiting. Off by default. */
  ref(): void
  unref(): void
  /** Allows the next wakeup after one was handled. */
  rearm(): void
  close(): void
}

const { epoll_event } = structs
const { events: eventsField, data: dataField } = epoll_event.fields

/** epoll_create1(2). */
export const create = (): number => succeeded(sys.call('epoll_create1', constants.EPOLL_CLOEXEC), 'epoll_create1')

/**
 * epoll_ctl(2), with the descriptor and a generation as the data of its events: another file may have the descriptor's number by the
 * time an event is handled. Returns 0 or minus errno.
 */
export function control(epoll: number, operation: number, fd: number, events: number, generation = 0): number {
  const { address, view } = scratch(epoll_event.size)
  view.setUint32(eventsField.offset, events, true)
  view.setUint32(dataField.offset, fd, true)
  view.setUint32(dataField.offset + 4, generation, true)
  return sys.call('epoll_ctl', epoll, operation, fd, address)
}

/** A buffer for the events of one epoll_wait(2). */
export class Events {
  readonly #max = 64
  readonly #arena = new Arena(this.#max * epoll_event.size)

  /** Returns the number of ready descriptors, without waiting, or minus errno. */
  poll(epoll: number): number {
    return sys.restart('epoll_wait', epoll, this.#arena.address, this.#max, 0)
  }
  fd(i: number): number {
    return this.#arena.view.getInt32(i * epoll_event.size + dataField.offset, true)
  }
  generation(i: number): number {
    return this.#arena.view.getUint32(i * epoll_event.size + dataField.offset + 4, true)
  }
  events(i: number): number {
    return this.#arena.view.getUint32(i * epoll_event.size + eventsField.offset, true)
  }
}
