/**
 * dbus-next, which requires usocket: a service gives back what a client sends it, with 70,000 bytes beside the descriptors.
 *
 *   dbus-next.mjs DIRECTORY
 */
import { closeSync, openSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import dbus from 'dbus-next'

const [, , directory] = process.argv
const name = 'test.Echo'
class Echo extends dbus.interface.Interface {
  Take(fds, text) {
    return [fds, text]
  }
}
Echo.configureMembers({ methods: { Take: { inSignature: 'ahs', outSignature: 'ahs' } } })

const service = dbus.sessionBus({ negotiateUnixFd: true })
const client = dbus.sessionBus({ negotiateUnixFd: true })
await service.requestName(name)
service.export('/echo', new Echo(name))

const names = (fds) => fds.map((fd) => readlinkSync(`/proc/self/fd/${fd}`)).join()
const text = 'x'.repeat(70_000)
for (const count of [1, 2, 16]) {
  const files = Array.from({ length: count }, (_, i) => {
    writeFileSync(`${directory}/${i}`, '')
    return openSync(`${directory}/${i}`)
  })
  const { body: [fds, answer] } = await client.call(new dbus.Message({ destination: name, path: '/echo', interface: name, member: 'Take', signature: 'ahs', body: [files, text] }))
  console.log(count, names(fds) === names(files), answer === text)
  for (const fd of [...files, ...fds]) closeSync(fd)
}
// The service has not closed its own: of 19 files it has received one descriptor each.
const left = readdirSync('/proc/self/fd').filter((fd) => { try { return readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory) } catch { return false } })
console.log('left to the service', left.length)
service.disconnect()
client.disconnect()
