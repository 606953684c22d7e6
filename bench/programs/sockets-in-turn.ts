/**
 * `sockets` sockets, all awaited: a message to one after the other, each waited for. This process sends them itself.
 */
import { Lines } from './lines.ts'
import { Meter, ready, task } from './peer.ts'

const meter = new Meter()
const perAdd = 1000
const lines = new Lines(task.sockets)
ready()
while (!meter.over) {
  await lines.oneByOne(perAdd)
  meter.add(perAdd)
}
meter.print()
await lines.close()
