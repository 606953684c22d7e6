/**
 * The codec alone: credentials, decoded `count` times with the default list, with a list of one definition that is shared by
 * all calls, or with a fresh list of one at each call.
 */
import { credentials, decodeControl, encodeControl, type ControlItem } from 'cmsg/codec'
import { Meter, fail, ready, task } from './peer.ts'

const pid = 4711
const items: readonly ControlItem[] = [credentials({ pid, uid: 1000, gid: 1000 })]
const control = encodeControl(items)
const shared = { definitions: [credentials] }
const decode = [
  () => decodeControl(control),
  () => decodeControl(control, shared),
  () => decodeControl(control, { definitions: [credentials] }),
][task.list]!

const meter = new Meter()
const perAdd = 1000
ready()
while (!meter.over) {
  for (let i = 0; i < perAdd; i++) {
    const [ucred] = decode()
    if (ucred?.kind !== 'credentials' || ucred.value.pid !== pid) fail(i, 'without credentials')
  }
  meter.add(perAdd)
}
meter.print()
