/**
 * Victims that serve many: each replies without waiting for one client before it turns to the next.
 * @module
 */
import { join } from 'node:path'
import { constants, MessageSocket, recvErr, recvErr6, type Address, type AnyControlMessage } from 'cmsg'
import { Counts, codeOf, outcome, pause, type Stage, type Victim } from './stage.ts'

const { SOL_IP, SOL_IPV6, IP_RECVERR, IPV6_RECVERR, MSG_ERRQUEUE, SOL_SOCKET, SO_SNDBUFFORCE } = constants

/** A server and what became of its work. */
class Server<D extends AnyControlMessage> {
  readonly #socket: MessageSocket<D>
  readonly #connected: boolean
  readonly #held: Address[] = []
  messages = 0
  /** Replies that were refused, by the error's code. */
  readonly refused = new Counts()
  /** How its loop ended, if it did before the socket was closed. */
  brokeOff: string | undefined

  constructor(socket: MessageSocket<D>, connected = false) {
    this.#socket = socket
    this.#connected = connected
  }

  async serve(): Promise<void> {
    this.brokeOff = await outcome(async () => {
      for await (const message of this.#socket) {
        this.messages++
        this.#answer(message.data.toString('latin1'), message.address)
      }
      if (!this.#socket.closed && !this.#socket.ended) throw new Error('the loop ended by itself')
    })
  }

  /** `hold`: no reply before another asks to `release` those that are held. `big N`: a reply of so many bytes. */
  #answer(request: string, address: Address | undefined): void {
    if (request === 'hold') {
      if (address !== undefined) this.#held.push(address)
      return
    }
    if (request === 'release') for (const to of this.#held.splice(0)) this.#reply('too late', to)
    const [, size] = /^big (\d+)/.exec(request) ?? []
    this.#reply(size === undefined ? request : Buffer.alloc(Number(size)), address)
  }

  #reply(data: string | Buffer, to: Address | undefined): void {
    this.#socket.send(data, this.#connected ? {} : { to }).catch((error: unknown) => { this.refused.add(codeOf(error)) })
  }
}

/** UDP with an error queue. ARGS: the family; `receive` or `setOption`, how it is asked for; `read` if somebody reads it. */
const udp: Victim = async ({ args: [family, how, reading], ready, ended }) => {
  const kind = family === 'udp6' ? recvErr6 : recvErr
  const address = family === 'udp6' ? '::1' : '127.0.0.1'
  await using socket = MessageSocket.bind({ address, port: 0 }, { type: 'datagram', receive: how === 'receive' ? [kind] : [] })
  if (how === 'setOption' && family === 'udp6') socket.setOption(SOL_IPV6, IPV6_RECVERR, 1)
  else if (how === 'setOption') socket.setOption(SOL_IP, IP_RECVERR, 1)
  const server = new Server(socket)
  const serving = server.serve()
  const reports: number[] = []
  const portOf = (address: Address | undefined): number => (address as { port?: number } | undefined)?.port ?? 0
  const reader = reading !== 'read' ? undefined : outcome(async () => {
    for (;;) {
      const report = await socket.receive({ flags: MSG_ERRQUEUE })
      if (report === undefined) return
      reports.push(portOf(report.address))
    }
  })
  ready({ port: (socket.address as { port: number }).port })
  await ended
  if (reading !== 'read') {
    for (;;) {
      const report = socket.receiveNow({ flags: MSG_ERRQUEUE })
      if (report === undefined) break
      reports.push(portOf(report.address))
    }
  }
  const { messages, refused, brokeOff } = server
  const { counters } = socket
  await socket.close()
  await Promise.all([serving, reader])
  return { messages, refused, brokeOff, reports, counters }
}

/** Unix datagrams. Its report has the largest `bufferedAmount` seen. ARGS: `force` a send buffer of 1 GiB, as root may. */
const datagrams: Victim = async ({ directory, args: [force], ready, ended }) => {
  const path = join(directory, 'datagram')
  await using socket = MessageSocket.bind(path, { type: 'datagram' })
  if (force !== undefined) socket.setOption(SOL_SOCKET, SO_SNDBUFFORCE, 2 ** 29)
  const server = new Server(socket)
  const serving = server.serve()
  let maxBuffered = 0
  const timer = setInterval(() => { maxBuffered = Math.max(maxBuffered, socket.bufferedAmount) }, 20)
  ready({ path })
  await ended
  clearInterval(timer)
  const { messages, refused, brokeOff } = server
  await socket.close()
  await serving
  return { messages, refused: { ...refused.counts }, brokeOff, maxBuffered }
}

/** Connections. ARGS: the type. Where there is no descriptor left, it waits a moment, as a server would. */
const connections: Victim = async ({ directory, args: [type], ready, over }) => {
  const path = join(directory, type!)
  await using listener = MessageSocket.bind(path, { type: type as 'stream' | 'seqpacket', backlog: 20 })
  const refused = new Counts()
  const failed = new Counts()
  let accepted = 0
  const open = new Set<Promise<void>>()
  const serve = async (socket: MessageSocket): Promise<void> => {
    const server = new Server(socket, true)
    await server.serve()
    for (const [code, count] of Object.entries(server.refused.counts)) for (let i = 0; i < count; i++) refused.add(code)
    if (server.brokeOff !== undefined) refused.add(server.brokeOff)
    await socket.close()
  }
  const accepting = outcome(async () => {
    while (!over.aborted) {
      try {
        const socket = await listener.accept({ signal: over })
        accepted++
        const serving = serve(socket).finally(() => { open.delete(serving) })
        open.add(serving)
      } catch (error) {
        if (over.aborted) return
        failed.add(codeOf(error))
        await pause(20)
      }
    }
  })
  ready({ path })
  const brokeOff = await accepting
  await listener.close()
  await Promise.race([Promise.all(open), pause(2000)])
  return { accepted, refused, failed, brokeOff, open: open.size }
}

/** A server that only has to go on. Its handler makes the signal one that interrupts. */
const signals: Victim = async (stage: Stage) => {
  let handled = 0
  const handler = (): void => { handled++ }
  process.on('SIGUSR2', handler)
  const saw = await datagrams(stage)
  process.off('SIGUSR2', handler)
  return { ...saw, handled }
}

export const serverVictims: Readonly<Record<string, Victim>> = { udp, datagrams, connections, signals }
