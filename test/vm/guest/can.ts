/**
 * CAN on a virtual bus: raw frames and J1939.
 * @see https://docs.kernel.org/networking/can.html
 * @see https://docs.kernel.org/networking/j1939.html
 * @module
 */
import {
  MessageSocket, canRecvErr, encodeAddress, j1939Destination, j1939Priority, j1939RecvErr, j1939Stats, timestampNs, timestamping,
  type Address, type AnyControlMessage,
} from 'cmsg'
import * as libc from 'cmsg/libc'
import { assert, equal, run } from '../support/checks.ts'
import { addressOf, bytesOf, constants } from '../support/layout.ts'
import { Peer } from '../support/peer.ts'

const {
  AF_CAN, SOCK_RAW, SOCK_DGRAM, SOL_SOCKET, SO_TIMESTAMPING, MSG_ERRQUEUE, MSG_DONTROUTE, SOF_TIMESTAMPING_TX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_TX_SCHED, SOF_TIMESTAMPING_TX_ACK, SOF_TIMESTAMPING_OPT_CMSG, SOF_TIMESTAMPING_OPT_STATS,
  SOF_TIMESTAMPING_OPT_TSONLY,
} = constants
const CAN_RAW = 1
const CAN_J1939 = 7
const SOL_CAN_J1939 = 107
const SO_J1939_SEND_PRIO = 3
const noName = 0n
const noGroup = 0x40000

const bus = libc.if_nametoindex('vcan0')

/** struct can_frame */
const frame = (can_id: number, text: string): Uint8Array =>
  bytesOf({ can_id: 'u32', len: 'u8', pad: ['u8', 3], data: ['u8', 8] }, {
    can_id, len: text.length, pad: new Uint8Array(3), data: Buffer.alloc(8).fill(text, 0, text.length),
  })

/** struct sockaddr_can, with its member for J1939. */
function canAddress(name = noName, pgn = noGroup, addr = 0): Address {
  const fields = { family: 'u16', ifindex: 'i32', name: 'u64', pgn: 'u32', addr: 'u8' } as const
  return addressOf(AF_CAN, bytesOf(fields, { family: AF_CAN, ifindex: bus, name, pgn, addr }))
}

function opened<D extends AnyControlMessage>(
  type: number, protocol: number, address: Address, receive: readonly D[], prepare?: (fd: number) => void,
): MessageSocket<D> {
  const fd = libc.socket(AF_CAN, type, protocol)
  libc.bind(fd, encodeAddress(address))
  prepare?.(fd)
  return MessageSocket.adopt(fd, { receive })
}

/** From which address on the bus a J1939 message came. */
const sender = (address: Address): number => encodeAddress(address)[20]!

await run({
  async 'raw: receives a frame with its time'() {
    const peer = new Peer('can')
    const socket = opened(SOCK_RAW, CAN_RAW, canAddress(), [timestampNs])
    await peer.call('raw')
    const waiting = socket.receive()
    await peer.call('send_frame', 0x123, 'frame')
    const message = (await waiting)!
    equal(message.data, frame(0x123, 'frame'))
    equal((message.address as { family: number }).family, AF_CAN)
    assert((message.flags & MSG_DONTROUTE) !== 0, 'it is not marked as sent from this host')
    assert(
      Math.abs(Number(message.get(timestampNs)!.ns / 1_000_000n) - Date.now()) < 60_000, `it came at ${message.get(timestampNs)?.ns} ns`,
    )
    await socket.close()
  },

  async 'raw: sends a frame, and is told when it left'() {
    const peer = new Peer('can')
    await peer.call('raw')
    const socket = opened(SOCK_RAW, CAN_RAW, canAddress(), [canRecvErr, timestamping])
    const waiting = socket.receive({ flags: MSG_ERRQUEUE })
    await socket.send(frame(0x321, 'sent'), { control: [timestamping(SOF_TIMESTAMPING_TX_SOFTWARE)] })
    equal(await peer.call('receive_frame'), [0x321, 'sent'])
    const report = (await waiting)!
    equal([report.get(canRecvErr)?.name, report.get(canRecvErr)?.origin], ['ENOMSG', 'timestamping'])
    assert(report.get(timestamping)?.software !== undefined, 'it has no time')
    await socket.close()
  },

  async 'J1939: receives short and long messages, with their priority and destination'() {
    const peer = new Peer('can')
    const socket = opened(SOCK_DGRAM, CAN_J1939, canAddress(noName, noGroup, 0x30), [j1939Destination, j1939Priority])
    await peer.call('j1939', 0x20)
    for (const [text, priority] of [['short', 3], ['long '.repeat(40), 6]] as const) {
      const waiting = socket.receive()
      await peer.call('send', text, priority, 0x12300, 0x30)
      const message = (await waiting)!
      equal([message.data, message.truncated], [Buffer.from(text), false])
      equal([message.get(j1939Destination), message.get(j1939Priority), sender(message.address)], [0x30, priority, 0x20])
    }
    await socket.close()
  },

  async 'J1939: a message that is cut off says so'() {
    const peer = new Peer('can')
    const socket = opened(SOCK_DGRAM, CAN_J1939, canAddress(noName, noGroup, 0x31), [j1939Destination])
    await peer.call('j1939', 0x21)
    await peer.call('send', 'seven  ', 6, 0x12300, 0x31)
    const message = (await socket.receive({ size: 4 }))!
    equal([message.data, message.truncated], [Buffer.from('seve'), true])
    await socket.close()
  },

  async 'J1939: sends short and long messages'() {
    const peer = new Peer('can')
    await peer.call('j1939', 0x40)
    const socket = opened(SOCK_DGRAM, CAN_J1939, canAddress(noName, noGroup, 0x50), [], (fd) => {
      libc.setsockopt(fd, SOL_CAN_J1939, SO_J1939_SEND_PRIO, 2)
    })
    for (const text of ['short', 'long '.repeat(40)]) {
      const sent = socket.send(text, { to: canAddress(noName, 0x12300, 0x40) })
      equal(await peer.call('receive'), [text, 0x40, 2, 0x12300, 0x50])
      await sent
    }
    await socket.close()
  },

  async 'J1939: tells in the error queue what became of a message, as it tells python3'() {
    const peer = new Peer('can')
    await peer.call('j1939', 0x60)
    const socket = opened(SOCK_DGRAM, CAN_J1939, canAddress(noName, noGroup, 0x70), [j1939RecvErr, j1939Stats])
    socket.setOption(SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_CMSG | SOF_TIMESTAMPING_TX_SCHED
      | SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_OPT_STATS | SOF_TIMESTAMPING_OPT_TSONLY)
    const text = 'long '.repeat(40)
    const expected = await peer.call('reports', text, 0x70)
    equal(String((await socket.receive())?.data), text)
    const waiting = socket.receive({ flags: MSG_ERRQUEUE })
    await socket.send(text, { to: canAddress(noName, 0x12300, 0x60) })
    const told: unknown[] = []
    for (let report = await waiting; ; report = await socket.receive({ flags: MSG_ERRQUEUE })) {
      const { name, info } = report!.get(j1939RecvErr)!
      const { bytesAcked } = report!.get(j1939Stats)!
      equal(name, 'ENOMSG')
      told.push([info, bytesAcked])
      if (bytesAcked === text.length) break
    }
    equal(told, expected)
    equal((await peer.call<unknown[]>('receive'))[0], text)
    await socket.close()
  },
})
