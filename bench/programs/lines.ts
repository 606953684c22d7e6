/**
 * Many sockets of one process, each awaited, and messages to them.
 * @module
 */
import { MessageSocket, credentials } from 'cmsg'
import { close, constants, sendmsg, socketpair } from 'cmsg/libc'

const { AF_UNIX, SOCK_DGRAM, SOCK_CLOEXEC } = constants
const packet = { buffers: [Buffer.alloc(36)] }

/** A socket that counts what it receives, and the descriptor that sends to it. */
interface Line {
  readonly sender: number
  readonly socket: MessageSocket<typeof credentials>
}

export class Lines {
  readonly #lines: readonly Line[]
  readonly #counting: readonly Promise<void>[]
  #next = 0
  #missing = 0
  #allHere: () => void = () => {}

  constructor(count: number) {
    this.#lines = Array.from({ length: count }, (): Line => {
      const [sender, receiver] = socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC)
      return { sender, socket: MessageSocket.adopt(receiver, { receive: [credentials], readAhead: 256 }) }
    })
    this.#counting = this.#lines.map(({ socket }) => this.#count(socket))
  }

  async #count(socket: MessageSocket<typeof credentials>): Promise<void> {
    for await (const message of socket) {
      if (message.get(credentials)?.pid !== process.pid) throw new Error('a message from another process')
      if (--this.#missing === 0) this.#allHere()
    }
  }

  #exchange(lines: readonly Line[]): Promise<void> {
    this.#missing = lines.length
    const here = new Promise<void>((resolve) => { this.#allHere = resolve })
    for (const { sender } of lines) sendmsg(sender, packet)
    return here
  }

  /** Sends `messages`, to one socket after the other, and waits for each. */
  async oneByOne(messages: number): Promise<void> {
    for (let i = 0; i < messages; i++) await this.#exchange([this.#lines[this.#next++ % this.#lines.length]!])
  }

  /** Sends `messages`, to all sockets at once, and waits until all have come. */
  async allAtOnce(messages: number): Promise<void> {
    for (let i = 0; i < messages; i += this.#lines.length) await this.#exchange(this.#lines)
  }

  async close(): Promise<void> {
    for (const { sender, socket } of this.#lines) {
      await socket.close()
      close(sender)
    }
    await Promise.all(this.#counting)
  }
}
