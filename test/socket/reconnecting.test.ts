/**
 * Connected Unix datagram sockets whose server is restarted.
 * @module
 */
import { describe, expect, it } from 'vitest'
import { rmSync } from 'node:fs'
import { MessageSocket, type AddressLike } from '../../src/index.ts'
import { fill, outcome, path, text } from './helpers.ts'

const addresses: readonly [string, () => AddressLike][] = [
  ['a pathname', path], ['an abstract name', () => `\0cmsg-test-${process.pid}-${Math.random()}`],
]

const bind = (address: AddressLike): MessageSocket =>
  MessageSocket.bind(address, { type: 'datagram', ...(typeof address === 'string' && address.startsWith('/') ? { unlink: true } : {}) })

describe.each(addresses)('a server at %s that is restarted', (_, make) => {
  it('causes one ECONNREFUSED, and the next send reaches it', async () => {
    const address = make()
    const client = await (async () => {
      await using first = bind(address)
      const one = await MessageSocket.connect(address, { type: 'datagram' })
      await one.send('to the first')
      expect(text(await first.receive())).toBe('to the first')
      return one
    })()
    expect(await outcome(client.send('lost'))).toBe('ECONNREFUSED')
    // As long as nobody is back, that is the error: not ENOTCONN.
    for (let i = 0; i < 3; i++) expect(await outcome(client.send('lost'))).toMatch(/^(ECONNREFUSED|ENOENT)$/)
    expect(() => client.sendNow('lost')).toThrow(/ECONNREFUSED|ENOENT/)
    await using second = bind(address)
    expect(await client.send('to the second')).toBe(13)
    expect(text(await second.receive())).toBe('to the second')
    await client.sendMany([{ data: 'one' }, { data: 'two' }])
    expect((await second.receiveMany()).map(text)).toEqual(['one', 'two'])
    await client.close()
  })

  it('is also reached by sendNow and sendMany', async () => {
    for (const send of [(one: MessageSocket) => one.sendMany([{ data: 'x' }]), (one: MessageSocket) => { one.sendNow('x') }]) {
      const address = make()
      const first = bind(address)
      const client = await MessageSocket.connect(address, { type: 'datagram' })
      await first.close()
      await expect((async () => { await send(client) })()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      await using second = bind(address)
      await send(client)
      expect(text(await second.receive())).toBe('x')
      await client.close()
    }
  })

  it('while a send waits for the old one: that is rejected, and those after it reach the new one', async () => {
    const address = make()
    const first = bind(address)
    const client = await MessageSocket.connect(address, { type: 'datagram' })
    fill(client)
    const waiting = outcome(client.send('waits'))
    if (typeof address === 'string' && address.startsWith('/')) rmSync(address)
    await first.close()
    expect(await waiting).toBe('ECONNREFUSED')
    await using second = bind(address)
    await client.send('to the second')
    expect(text(await second.receive())).toBe('to the second')
    await client.close()
  })
})
