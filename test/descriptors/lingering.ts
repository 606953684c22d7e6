/**
 * A TCP socket whose close takes as long as its peer likes: SO_LINGER, a full send buffer, and nobody who reads.
 * @module
 */
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import net, { type AddressInfo } from 'node:net'
import { constants, structs } from '../../src/codec.ts'
import { close, connect, encodeAddress, poll, sendmsg, setsockopt, socket } from '../../src/libc.ts'

const { AF_INET, SOCK_STREAM, SOL_SOCKET, SO_LINGER, MSG_DONTWAIT, POLLOUT } = constants

/** Seconds: longer than any test waits. */
export const linger = 20

/** A server that accepts and reads nothing. */
export class SilentServer {
  readonly #server: net.Server
  readonly #accepted: net.Socket[] = []
  readonly #fds = new Set<number>()
  #made = 0

  private constructor(server: net.Server) {
    this.#server = server
    server.on('connection', (socket) => { this.#accepted.push(socket.on('error', () => {})) })
  }

  static async start(): Promise<SilentServer> {
    const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new SilentServer(server)
  }

  /** A socket connected to it whose last close will linger. */
  lingering(): number {
    const fd = socket(AF_INET, SOCK_STREAM, 0)
    this.#fds.add(fd)
    this.#made++
    connect(fd, encodeAddress({ address: '127.0.0.1', port: (this.#server.address() as AddressInfo).port }))
    const option = new Uint8Array(structs.linger.size)
    structs.linger.write(new DataView(option.buffer), 0, { l_onoff: 1, l_linger: linger })
    setsockopt(fd, SOL_SOCKET, SO_LINGER, option)
    const block = new Uint8Array(65536)
    // Until nothing more goes for a while: the kernel moves what it can to the other side.
    while (poll([{ fd, events: POLLOUT }], 100)[0]!.revents !== 0) {
      try {
        sendmsg(fd, { buffers: [block] }, MSG_DONTWAIT)
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'EAGAIN') throw error
      }
    }
    return fd
  }

  /** Wait until the server has accepted all that were made. */
  async accepted(): Promise<void> {
    while (this.#accepted.length < this.#made) await turn()
  }

  /** Our own descriptor of a lingering socket, while others have it too. */
  forget(fd: number): void {
    this.#fds.delete(fd)
    close(fd)
  }

  /** Reset the connections, so that whatever lingers ends. */
  async stop(): Promise<void> {
    for (const socket of this.#accepted) socket.resetAndDestroy()
    for (const fd of this.#fds) close(fd)
    this.#server.close()
    await once(this.#server, 'close')
  }
}
