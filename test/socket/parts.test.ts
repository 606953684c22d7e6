/**
 * A message of a stream that goes in several calls: what belongs to all of it, or to its end, does. The oracle is python3,
 * whose one blocking sendmsg sends the same.
 * @module
 */
import { expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { credentials, MessageSocket, recvErr, timestamping } from '../../src/index.ts'
import { OTHER, withPeer } from '../support/peers.ts'
import { start } from '../support/processes.ts'
import { path, tcp } from './helpers.ts'

const {
  SOL_SOCKET, SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_OPT_ID, SOF_TIMESTAMPING_OPT_TSONLY,
  SOF_TIMESTAMPING_TX_SOFTWARE, SOF_TIMESTAMPING_TX_ACK, SCM_TSTAMP_SND, SCM_TSTAMP_ACK, MSG_ERRQUEUE,
} = constants

/** How many bytes each user signed, until the end. A slow receiver: the sender has to wait for it, again and again. */
async function signatures(receiver: MessageSocket<typeof credentials>): Promise<Record<number, number>> {
  const bytes: Record<number, number> = {}
  for await (const message of receiver) {
    const { uid } = message.get(credentials)!
    bytes[uid] = (bytes[uid] ?? 0) + message.length
    await new Promise((resolve) => { setImmediate(resolve) })
  }
  await receiver.close()
  return bytes
}

withPeer(['root', 'python3'], 'explicit credentials apply to all parts of a message', () => {
  it.each([[400_000, 1], [60_000, 8], [2_000_000, 1]])('of %i bytes, %i times', async (size, count) => {
    const name = path()
    await using listener = MessageSocket.bind(name, { type: 'stream', receive: [credentials], messageSize: 20_000 })
    const { pid } = process
    const expected = { [OTHER.uid]: size * count }
    const sender = await MessageSocket.connect(name, { type: 'stream' })
    const signed = signatures(await listener.accept())
    // Not awaited one by one: several wait, and each begins where there is just a little room.
    const sends = Array.from({ length: count }, () => sender.send(new Uint8Array(size), { control: [credentials({ pid, ...OTHER })] }))
    expect(await Promise.all(sends)).toEqual(sends.map(() => size))
    await sender.close()
    expect(await signed).toEqual(expected)

    const python = start(['python3', '-c', `
import os, socket, struct
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s.connect(${JSON.stringify(name)})
for i in range(${count}):
    s.sendmsg([bytes(${size})], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, struct.pack('3i', os.getpid(), ${OTHER.uid}, ${OTHER.gid}))])
`])
    expect(await signatures(await listener.accept())).toEqual(expected)
    expect(await python.exit()).toBe(0)
  })

  it('but the next message has its own', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream', receive: [credentials] })
    const sends = [a.send(new Uint8Array(400_000), { control: [credentials({ pid: process.pid, ...OTHER })] }), a.send('mine')]
    const signed = signatures(b)
    await Promise.all(sends)
    await a.close()
    expect(await signed).toEqual({ [OTHER.uid]: 400_000, 0: 4 })
  })
})

it('the requested timestamps of a TCP message are those of its last byte, reported once', async () => {
  const [from, to] = tcp()
  const a = MessageSocket.adopt(from, { receive: [timestamping, recvErr] })
  const b = MessageSocket.adopt(to)
  a.setOption(SOL_SOCKET, SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY)
  const reading = (async () => { for await (const message of b) message[Symbol.dispose]() })()
  for (const [i, size] of [300_000, 1, 300_000].entries()) {
    const control = [timestamping(SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK)]
    expect(await a.send(new Uint8Array(size), { control })).toBe(size)
    const reports: unknown[] = []
    while (reports.length < 2) {
      const error = (await a.receive({ flags: MSG_ERRQUEUE }))!.get(recvErr)!
      reports.push([error.info, error.data])
    }
    // The id of the last byte, counted from the moment that ids were asked for.
    const last = [300_000, 300_001, 600_001][i]! - 1
    expect(reports.sort()).toEqual([[SCM_TSTAMP_SND, last], [SCM_TSTAMP_ACK, last]].sort())
    expect(a.receiveNow({ flags: MSG_ERRQUEUE })).toBeUndefined()
  }
  await a.close()
  await reading
  await b.close()
})
