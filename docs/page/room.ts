/**
 * The result of recvmsg() with a smaller control buffer, for the picture and in words.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import type { DissectedMessage } from '../../src/control/dissect.ts'
import { receiveInto, type Received } from './truncation.ts'
import { count } from '../../src/reference/text.ts'
import type { EncodedItem } from './buffer.ts'
import { h } from './dom.ts'
import type { Arrival } from './grid.ts'

export interface Reception { readonly received: Received; readonly arrivals: readonly Arrival[]; readonly summary: HTMLElement }

export function receive(items: readonly EncodedItem[], messages: readonly DissectedMessage[], room: number, abi: Abi): Reception {
  const received = receiveInto(items, room, abi)
  const arrivals = received.deliveries.map(({ outcome, length, payload }, i): Arrival => {
    const { at, next } = messages[i]!
    const all = items[i]!.payload.length
    if (outcome === 'whole') return { outcome, until: next, words: 'delivered' }
    return outcome === 'lost' ? { outcome, until: at, words: 'lost' }
      : { outcome, until: at + length, words: `cut: ${payload} of ${count(all, 'byte')}, cmsg_len ${length}` }
  })
  const flags = received.truncated ? 'MSG_CTRUNC' : '0'
  const summary = received.fails
    ? h('p', { class: 'outcome bad' }, h('code', {}, 'recvmsg'),
      ' fails: the memory of a device does not fit, and the kernel does not drop it.')
    : h('p', { class: `outcome ${received.truncated ? 'bad' : 'good'}` }, h('code', {}, 'recvmsg'), ' leaves ',
      h('code', {}, `msg_controllen = ${received.control.length}`), ', ', h('code', {}, `msg_flags = ${flags}`),
      received.truncated ? ': something was cut off.' : ': everything was delivered.')
  return { received, arrivals, summary }
}
