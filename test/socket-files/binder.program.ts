/**
 * Binds to a pathname and says how that went. Then it does what datagrams tell it: `close` it, or `lose` its descriptor to
 * somebody who closes the number, and close it then. It prints any other.
 *
 *     binder.program.ts PATH OPTIONS [UMASK]
 */
import { MessageSocket, SystemError } from '../../src/index.ts'
import { close } from '../../src/libc.ts'

const [path, options, umask] = process.argv.slice(2) as [string, string, string?]
if (umask !== undefined) process.umask(parseInt(umask, 8))
console.log('ready')
try {
  const socket = MessageSocket.bind(path, { type: 'datagram', ...JSON.parse(options) as object })
  console.log('bound')
  for (;;) {
    const text = String((await socket.receive())?.data)
    console.log(text)
    if (text === 'lose') close(socket.fd)
    if (text === 'lose' || text === 'close') break
  }
  await socket.close()
  console.log('closed')
} catch (error) {
  if (!(error instanceof SystemError)) throw error
  console.log(error.message)
}
