/**
 * dbus-native: two connections pass descriptors through the bus, there and back, with 70,000 bytes beside them.
 *
 *   dbus-native.mjs DIRECTORY
 */
import { closeSync, openSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { createClient } from 'dbus-native'
import { MessageSocket, rights } from 'cmsg'

const [, , directory] = process.argv
const path = process.env.DBUS_SESSION_BUS_ADDRESS.match(/path=([^,]*)/)[1]
const connect = async () => createClient({ stream: (await MessageSocket.connect(path, { type: 'stream', receive: [rights] })).toDuplex() })
const here = await connect()
const there = await connect()
while (here.name === undefined || there.name === undefined) await new Promise((resolve) => setTimeout(resolve, 10))
console.log('can pass descriptors', here.connection.canPassFds, here.connection.unixFdsAgreed)

const send = (bus, destination, text, fds) => bus.connection.message({
  type: 4, serial: bus.serial++, destination, path: '/', interface: 'test.Descriptors', member: 'Passed', signature: 'ahs', body: [fds.map((_, i) => i), text], fds,
})
const received = (bus) => new Promise((resolve) => {
  const listener = (message) => {
    if (message.member !== 'Passed') return
    bus.connection.off('message', listener)
    resolve(message)
  }
  bus.connection.on('message', listener)
})
const names = (fds) => fds.map((fd) => readlinkSync(`/proc/self/fd/${fd}`)).join()
const name = (fd) => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return '' // that of readdir itself
  }
}

for (const count of [1, 2, 16]) {
  const files = Array.from({ length: count }, (_, i) => {
    writeFileSync(`${directory}/${i}`, '')
    return openSync(`${directory}/${i}`)
  })
  const text = 'x'.repeat(70_000)
  const [arrived] = await Promise.all([received(there), send(here, there.name, text, files)])
  const [back] = await Promise.all([received(here), send(there, here.name, arrived.body[1], arrived.fds)])
  console.log(count, names(arrived.fds) === names(files), names(back.fds) === names(files), back.body[1] === text)
  for (const fd of [...files, ...arrived.fds, ...back.fds]) closeSync(fd)
}
console.log('left open', readdirSync('/proc/self/fd').filter((fd) => name(fd).startsWith(directory)).length)

const closed = Promise.all([here, there].map(({ connection }) => new Promise((resolve) => { connection.on('close', resolve) })))
here.connection.end()
there.connection.end()
await closed
console.log('end')
