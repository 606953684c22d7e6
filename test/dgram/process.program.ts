/**
 * What sockets with events do to their process.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { MessageSocket } from '../../src/index.ts'
import { createSocket } from '../../src/dgram.ts'
import { tempDir } from '../support/running.ts'

const [, , mode, at] = process.argv
const path = at ?? join(tempDir(), 'socket')

switch (mode) {
  case 'kept':
    createSocket('unix_dgram')
    setTimeout(() => { console.log('still here') }, 300).unref()
    break
  case 'unref': {
    const server = createSocket('unix_dgram').unref().ref().unref()
    server.bind(path)
    console.log('done')
    break
  }
  case 'closed': {
    const server = createSocket('unix_dgram')
    server.bind(path)
    setImmediate(() => { server.close(); console.log('done') })
    break
  }
  case 'closed while congested': {
    const [server, client] = [createSocket('unix_dgram'), createSocket('unix_dgram')]
    server.bind(path)
    client.connect(path)
    for (let i = 0; i < 50; i++) client.send('x', () => {})
    client.close()
    server.close()
    console.log('done')
    break
  }
  case 'congested': {
    const receiver = MessageSocket.bind(path, { type: 'datagram', readAhead: 0 })
    const client = createSocket('unix_dgram', () => { console.log('message') })
    const own = join(tempDir(), 'own')
    client.bind(own)
    client.connect(path)
    client.on('writable', () => { console.log('writable') })
    let full = false
    while (!full) client.send('x', (error) => { full = error !== undefined })
    // A connected socket hears from its peer alone.
    for (let i = 0; i < 3; i++) {
      await receiver.send('x', { to: own })
      await once(client, 'message')
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
    console.log('read')
    while (receiver.receiveNow() !== undefined);
    await once(client, 'writable')
    client.close()
    await receiver.close()
    break
  }
  case 'throw': {
    const server = createSocket('unix_dgram', (data) => {
      console.log(String(data))
      if (String(data) === 'first') throw new Error('on purpose')
      server.close()
      client.close()
    })
    server.bind(path)
    const client = createSocket('unix_dgram')
    client.connect(path)
    process.on('uncaughtException', ({ message }) => { console.log(`uncaught: ${message}`) })
    client.send('first')
    client.send('second')
    break
  }
  default: {
    const client = createSocket('unix_dgram')
    client.connect(path)
    for (let i = 0; i < 5; i++) client.send(String(i))
    if (mode === 'exit') process.exit(0)
    client.close()
  }
}
