/**
 * examples/server.ts with recvmmsg() and sendmmsg(): many packets from several processes in one call, each with its own
 * sender.
 *
 *   npx tsx examples/batch-server.ts PATH [--count N]
 */
import { rmSync } from 'node:fs'
import {
  CMSG_SPACE, SystemError, bind, constants, credentials, decodeAddress, decodeControl, encodeAddress, formatAddress, recvmmsg, sendmmsg,
  setsockopt, socket, structs,
} from 'cmsg/libc'
import { decodePacket, isPacket, packet } from './packet.ts'
import { parse, usage } from './usage.ts'

const { AF_UNIX, SOCK_DGRAM, SOL_SOCKET, SO_PASSCRED, MSG_DONTWAIT, MSG_WAITFORONE } = constants

const call = 'batch-server PATH [--count N]'
const { values, positionals: [path = usage(call)] } = parse(call, { count: { type: 'string', default: '1' } })

const fd = socket(AF_UNIX, SOCK_DGRAM)
setsockopt(fd, SOL_SOCKET, SO_PASSCRED, 1)
rmSync(path, { force: true })
bind(fd, encodeAddress(path))
process.on('exit', () => rmSync(path, { force: true }))
console.log('ready')

for (let left = Number(values.count); left > 0; ) {
  // Waits for one packet, and takes all that are queued.
  const room = { count: Math.min(left, 64), size: packet.size, controlSize: CMSG_SPACE(structs.ucred.size) }
  const messages = recvmmsg(fd, room, MSG_WAITFORONE).filter(({ data }) => isPacket(data))
  left -= messages.length

  for (const { data, name, control } of messages) {
    const { index, msg } = decodePacket(data)
    const [first] = decodeControl(control, { definitions: [credentials] })
    if (first?.kind !== 'credentials') throw new Error('the kernel sent no credentials')
    const { pid, uid, gid } = first.value
    console.log(`index=${index} msg=${msg} pid=${pid} uid=${uid} gid=${gid} from=${formatAddress(decodeAddress(name))}`)
  }

  const answers = messages.filter(({ name }) => name.length > 0).map(({ name }) => ({ buffers: [Buffer.from('ACK')], name }))
  while (answers.length > 0) {
    try {
      // Does not wait: a client that does not read must not block the others.
      answers.splice(0, sendmmsg(fd, answers, MSG_DONTWAIT))
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      console.error('no reply:', error.code) // the first client has gone (ECONNREFUSED, ENOENT), or does not read (EAGAIN)
      answers.shift()
    }
  }
}
