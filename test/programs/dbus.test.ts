/**
 * dbus-daemon: a descriptor of ours goes to the bus, and comes back from it, in a call to ourselves.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { MessageSocket, OwnedFd, rights } from '../../src/index.ts'
import { withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'
import { referenceOf, TestFile } from '../descriptors/file.ts'

const CALL = 1
/** Header fields, by their codes, and the types they have. */
const fields = {
  path: [1, 'o'], interface: [2, 's'], member: [3, 's'], destination: [6, 's'], signature: [8, 'g'], descriptors: [9, 'u'],
} as const
type Fields = Partial<Record<keyof typeof fields, string | number>>

const padded = (bytes: Buffer, to: number): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & (to - 1))])
const u32 = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes }
const text = (value: string): Buffer => Buffer.from(`${value}\0`)

/** A call, as D-Bus marshals it, little-endian. */
function call(serial: number, header: Fields, body = Buffer.alloc(0)): Buffer {
  let list = Buffer.alloc(0)
  for (const [name, value] of Object.entries(header)) {
    const [code, type] = fields[name as keyof Fields]
    // Each is a struct, and begins at a multiple of 8: the header before them is 16 bytes long.
    list = Buffer.concat([padded(list, 8), Buffer.from([code, 1]), text(type)])
    if (type === 'g') list = Buffer.concat([list, Buffer.from([String(value).length]), text(String(value))])
    else list = Buffer.concat([padded(list, 4), typeof value === 'number' ? u32(value) : Buffer.concat([u32(value.length), text(value)])])
  }
  return Buffer.concat([
    Buffer.from(['l'.charCodeAt(0), CALL, 0, 1]), u32(body.length), u32(serial), u32(list.length), padded(list, 8), body,
  ])
}

/** What comes from the bus: bytes, and descriptors beside them. */
class Incoming {
  readonly fds: OwnedFd[] = []
  #bytes = Buffer.alloc(0)
  readonly #socket: MessageSocket<typeof rights>

  constructor(socket: MessageSocket<typeof rights>) {
    this.#socket = socket
  }

  async #more(): Promise<void> {
    const message = await this.#socket.receive()
    if (message === undefined) throw new Error('the bus has hung up')
    for (const fd of message.get(rights) ?? []) this.fds.push(new OwnedFd(fd.take()))
    this.#bytes = Buffer.concat([this.#bytes, message.data])
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#bytes.length < length) await this.#more()
    const taken = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return taken
  }

  async line(): Promise<string> {
    while (!this.#bytes.includes('\r\n')) await this.#more()
    return String(await this.#take(this.#bytes.indexOf('\r\n') + 2)).trimEnd()
  }

  /** The body of the next message of which the header says `wanted`. */
  async message(wanted: (type: number, header: string) => boolean): Promise<Buffer> {
    for (;;) {
      const start = await this.#take(16)
      const list = await this.#take((start.readUInt32LE(12) + 7) & ~7)
      const body = await this.#take(start.readUInt32LE(4))
      if (wanted(start[1]!, list.toString('latin1'))) return body
    }
  }
}

withPeer('dbus-daemon', 'dbus-daemon', () => {
  it('passes a descriptor on to its addressee', async () => {
    const path = join(tempDir(), 'bus.sock')
    await using daemon = start(['dbus-daemon', '--session', '--nofork', '--nopidfile', `--address=unix:path=${path}`])
    while (!existsSync(path)) {
      if (daemon.ended !== undefined) await daemon.output()
      await after(10)
    }
    await using bus = await MessageSocket.connect(path, { type: 'stream', receive: [rights] })
    const incoming = new Incoming(bus)
    await bus.send(`\0AUTH EXTERNAL ${Buffer.from(String(process.getuid!())).toString('hex')}\r\n`)
    expect(await incoming.line()).toMatch(/^OK [0-9a-f]{32}$/)
    await bus.send('NEGOTIATE_UNIX_FD\r\n')
    expect(await incoming.line()).toBe('AGREE_UNIX_FD')
    await bus.send('BEGIN\r\n')

    const driver = 'org.freedesktop.DBus'
    await bus.send(call(1, { path: '/org/freedesktop/DBus', interface: driver, member: 'Hello', destination: driver }))
    const hello = await incoming.message((type) => type === 2)
    const me = hello.toString('latin1', 4, 4 + hello.readUInt32LE(0))
    expect(me).toMatch(/^:\d+\.\d+$/)

    using file = new TestFile('over the bus')
    // The body of a descriptor is its place among those that come along.
    const header = { path: '/', interface: 'test.Descriptors', member: 'Take', destination: me, signature: 'hh', descriptors: 2 }
    const take = call(2, header, Buffer.concat([u32(0), u32(1)]))
    await bus.send(take, { control: [rights([file.fd, bus])] })
    const body = await incoming.message((type, header) => type === CALL && header.includes('Take'))
    expect([body.readUInt32LE(0), body.readUInt32LE(4)]).toEqual([0, 1])
    expect(incoming.fds.map(({ fd }) => referenceOf(fd))).toEqual([file.path, referenceOf(bus.fd)])
    for (const fd of incoming.fds) fd.close()
    expect(file.copies).toEqual([])
  })
})
