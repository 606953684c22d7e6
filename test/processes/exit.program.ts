/**
 * How a process ends while a socket is waited on, or is not. Run by exit.test.ts.
 *
 *   exit.program.ts PATH WAIT EVENT
 */
import { MessageSocket } from 'cmsg'

const [path, wait, event] = process.argv.slice(2) as [string, string, string]
const sockets: MessageSocket[] = []
const opened = (...all: MessageSocket[]): MessageSocket[] => { sockets.push(...all); return all }
const pair = (): MessageSocket => opened(...MessageSocket.pair({ type: 'datagram' }))[0]!

/** Each begins a wait that nothing will end, or none at all. */
const waits: Record<string, () => unknown> = {
  receive: () => pair().receive(),
  iteration: async () => { for await (const _ of pair()); },
  receiveSync: () => pair().receiveSync(),
  accept: () => opened(MessageSocket.bind(path, { type: 'stream', unlink: true }))[0]!.accept(),
  send: () => {
    const [receiver, sender] =
      opened(MessageSocket.bind(path, { type: 'datagram', unlink: true }), MessageSocket.open({ family: 'unix', type: 'datagram' }))
    while (sender!.sendNow('x', { to: receiver!.address }) !== undefined);
    return sender!.send('x', { to: path })
  },
  'connected send': () => {
    const socket = pair()
    while (socket.sendNow('x') !== undefined);
    return socket.send('x')
  },
  connect: async () => {
    opened(MessageSocket.bind(path, { type: 'stream', unlink: true, backlog: 0 }))
    for (;;) opened(await MessageSocket.connect(path, { type: 'stream' }))
  },
  'connect to a busy listener': () => {
    const client = (): MessageSocket => MessageSocket.open({ family: 'unix', type: 'stream' })
    const [, first, second] = opened(MessageSocket.bind(path, { type: 'stream', unlink: true, backlog: 0 }), client(), client())
    void first!.connect(path)
    return second!.connect(path)
  },
  nothing: () => { pair() },
  'nothing any more': async () => {
    const [a, b] = opened(...MessageSocket.pair({ type: 'datagram' }))
    const pending = a!.receive()
    await b!.send('x')
    await pending
  },
  'an aborted receive': () => pair().receive({ signal: AbortSignal.timeout(50) }),
  'an idle listener': () => { opened(MessageSocket.bind(path, { type: 'stream', unlink: true })) },
}

/** What happens while it waits. */
const events: Record<string, () => void> = {
  nothing: () => {},
  unref: () => { sockets.forEach((socket) => socket.unref()) },
  'unref and ref': () => { sockets.forEach((socket) => socket.unref().ref()) },
  close: () => { process.on('SIGUSR2', () => { sockets.forEach((socket) => void socket.close()) }) },
  exit: () => { process.on('SIGUSR2', () => process.exit(3)) },
  throw: () => { process.on('SIGUSR2', () => { throw new Error('thrown on purpose') }) },
  handler: () => {
    process.on('SIGINT', () => {
      console.log('handled')
      process.exit(4)
    })
  },
}

if (wait === 'receiveSync') {
  events[event]!()
  console.log('waiting')
  try {
    waits[wait]!()
  } catch (error) {
    console.log((error as { code: string }).code)
    // The handler has its turn now; without one we would not be here.
    setTimeout(() => {}, 10_000)
  }
} else {
  const waiting = Promise.resolve(waits[wait]!())
  waiting.catch((error: { code?: string; name: string }) => { console.log(error.code ?? error.name) })
  events[event]!()
  console.log('waiting')
}
