/**
 * nc -F connects, and passes on the connection: here it is a net.Socket.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { MessageSocket, rights } from '../../src/index.ts'
import { withPeer } from '../support/peers.ts'

withPeer('nc', 'nc -F', () => {
  it('passes a connected socket', async () => {
    const server = net.createServer((socket) => socket.end('hello from the server')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo

    const [a, b] = MessageSocket.pair({ type: 'stream', receive: [rights] })
    const nc = spawn('nc', ['-F', '127.0.0.1', `${port}`], { stdio: ['ignore', b.fd, 'inherit'] })
    const ended = once(nc, 'close')
    using message = await a.receive()
    expect(await ended).toEqual([0, null])
    const [fd] = message!.get(rights)!
    const socket = new net.Socket({ fd: fd!.take(), readable: true, writable: true })
    expect(String((await once(socket, 'data'))[0])).toBe('hello from the server')
    expect(socket.remotePort).toBe(port)
    socket.destroy()
    for (const open of [a, b]) await open.close()
    server.close()
    await once(server, 'close')
  })
})
