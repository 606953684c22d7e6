/**
 * Binds to a pathname at a signal, in the place of the stale socket file there, and says how that went: several of these
 * at once. Each takes its time between looking at the file and removing it, so that they meet there.
 *
 *     replacing.program.ts PATH GO
 */
import fs, { existsSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { MessageSocket, SystemError } from '../../src/index.ts'
import { sleep } from '../../src/native/sleep.ts'

const [path, go] = process.argv.slice(2) as [string, string]
const { unlinkSync } = fs
fs.unlinkSync = (file) => {
  sleep(50)
  unlinkSync(file)
}
syncBuiltinESMExports()

console.log('ready')
while (!existsSync(go)) sleep(1)
try {
  await using socket = MessageSocket.bind(path, { type: 'datagram', unlink: true })
  console.log('bound')
  console.log(String((await socket.receive())?.data))
} catch (error) {
  if (!(error instanceof SystemError)) throw error
  console.log(error.message)
}
