/**
 * The codec alone: a control buffer with credentials, descriptors and a timestamp, decoded `count` times, as a socket
 * does that was opened to receive these.
 */
import { constants, credentials, decodeControl, encodeControl, rawControl, rights, timestamp } from 'cmsg/codec'
import { Meter, fail, ready } from './peer.ts'

const pid = 4711
const time = new Uint8Array(new BigInt64Array([1_700_000_000n, 500_000n]).buffer)
const control = encodeControl([
  credentials({ pid, uid: 1000, gid: 1000 }),
  rights([5, 6]),
  rawControl(constants.SOL_SOCKET, constants.SO_TIMESTAMP_OLD, time),
])
const options = { definitions: [credentials, rights, timestamp], family: 'unix' } as const

const meter = new Meter()
const perAdd = 1000
ready()
while (!meter.over) {
  for (let i = 0; i < perAdd; i++) {
    const [ucred, fds, stamp] = decodeControl(control, options)
    // What was decoded is looked at, so that none of it can be left out.
    if (ucred?.kind !== 'credentials' || ucred.value.pid !== pid) fail(i, 'without credentials')
    if (fds?.kind !== 'rights' || fds.value.length !== 2) fail(i, 'without descriptors')
    if (stamp?.kind !== 'timestamp') fail(i, 'without a timestamp')
  }
  meter.add(perAdd)
}
meter.print()
