/**
 * Receives that wait before a socket is connected. The kernel reports such a socket as hung up.
 */
import { describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { decodeAddress, encodeAddress } from '../../src/codec.ts'
import { MessageSocket, timestamping } from '../../src/index.ts'
import { bind, getsockname, listen, socket } from '../../src/libc.ts'
import { outcome, path, text } from './helpers.ts'
import { spins } from './spinning.ts'

const { MSG_OOB, MSG_ERRQUEUE, SOF_TIMESTAMPING_TX_SOFTWARE, AF_INET, SOCK_STREAM } = constants
const soon = (): AbortSignal => AbortSignal.timeout(2000)

describe.each(['inet', 'unix'] as const)('receives of an unconnected stream socket, %s,', (family) => {
  it('wait, and get what arrives once it is connected', async () => {
    await using listener = MessageSocket.bind(family === 'unix' ? path() : { address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using client = MessageSocket.open({ family, type: 'stream', ...(family === 'inet' ? { receive: [timestamping] } : {}) })
    const report = family === 'inet' ? client.receive({ flags: MSG_ERRQUEUE, signal: soon() }) : undefined
    const urgent = client.receive({ flags: MSG_OOB, signal: soon() })
    expect(await spins()).toBe(false)
    await client.connect(listener.address)
    await using peer = await listener.accept()
    await peer.send('!', { flags: MSG_OOB })
    expect(text(await urgent)).toBe('!')
    if (family === 'inet') {
      await client.send('x', { control: [timestamping(SOF_TIMESTAMPING_TX_SOFTWARE)] } as never)
      expect(await report).toBeDefined()
    }
    await peer.close()
    expect(await client.receive({ flags: MSG_OOB, signal: soon() })).toBeUndefined()
  })
})

it('an end found after a failed connect does not last beyond the next one', async () => {
  const listener = socket(AF_INET, SOCK_STREAM)
  bind(listener, encodeAddress({ address: '127.0.0.1', port: 0 }))
  const to = decodeAddress(getsockname(listener))
  await using client = MessageSocket.open({ family: 'inet', type: 'stream' })
  const waiting = [{}, { flags: MSG_OOB }, { flags: MSG_ERRQUEUE }]
    .map((options) => async () => text(await client.receive({ ...options, signal: soon() })))
  expect(await outcome(client.connect(to))).toBe('ECONNREFUSED')
  for (const receive of waiting) await outcome(receive())
  listen(listener)
  // The kernel reports the failure once more.
  while (await outcome(client.connect(to)) !== undefined);
  await using server = MessageSocket.adopt(listener)
  await using peer = await server.accept()
  const [data, urgent] = waiting.slice(0, 2).map((receive) => receive())
  await peer.send('data')
  expect(await data).toBe('data')
  await peer.send('!', { flags: MSG_OOB })
  expect(await urgent).toBe('!')
  expect(client.ended).toBe(false)
})
