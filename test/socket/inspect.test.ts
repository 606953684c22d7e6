import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { credentials, MessageSocket, rights } from '../../src/index.ts'

const me = { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() }
const shown = (value: unknown): string => inspect(value, { breakLength: Infinity, compact: true, sorted: false })

describe('printed, as by console.log,', () => {
  it('a message shows its data and the values of its control messages', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream', receive: [credentials, rights] })
    await a.send('hello', { control: [rights([0])] })
    using message = (await b.receive({ size: 3 }))!
    await a.close()
    await b.close()
    const { fd } = message.get(rights)![0]!
    expect(shown(message)).toMatch(/^Message \{ data: <Buffer 68 65 6c>, address: \{ unnamed: true \}, control: \[ /)
    expect(shown(message)).toContain(`value: { pid: ${me.pid}, uid: ${me.uid}, gid: ${me.gid} }`)
    expect(shown(message)).toMatch(new RegExp(`value: \\[ OwnedFd \\{ fd: ${fd} \\} \\]`))
    expect(inspect(message, { depth: null })).toContain(`OwnedFd { fd: ${fd} }`)
    expect(inspect({ a: { message } }, { depth: 1 })).toContain('[Message]')
    message[Symbol.dispose]()
    expect(shown(message)).toContain('OwnedFd { owned: false }')
  })

  it('a message shows its truncation', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    await a.send('hello', { control: [rights([0])] })
    expect(shown(await b.receive({ size: 3 })))
      .toBe('Message { data: <Buffer 68 65 6c>, address: { unnamed: true }, control: [], truncated: true, controlTruncated: true }')
    await a.close()
    await b.close()
  })

  it('a socket shows its family, type and addresses', async () => {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
    expect(shown(a)).toBe(
      `MessageSocket { fd: ${a.fd}, family: 'unix', type: 'seqpacket', address: { unnamed: true }, remoteAddress: { unnamed: true } }`,
    )
    await a.close()
    await b.close()
    expect(shown(a)).toBe('MessageSocket { closed: true }')
    await using udp = MessageSocket.open({ family: 'inet', type: 'datagram' })
    expect(shown(udp)).toBe(`MessageSocket { fd: ${udp.fd}, family: 'inet', type: 'datagram', address: { address: '0.0.0.0', port: 0 } }`)
  })
})
