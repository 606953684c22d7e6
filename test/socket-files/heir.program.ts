/**
 * Takes over the removal of a socket file, and says if the file exists before and afterwards: with OTHER, the file of another socket
 * that has the same name in that directory.
 *
 *     heir.program.ts DIRECTORY NAME [OTHER]
 */
import { existsSync } from 'node:fs'
import { MessageSocket } from '../../src/index.ts'

const [directory, path, other] = process.argv.slice(2) as [string, string, string?]
process.chdir(directory)
const { fd } = MessageSocket.bind(path, { type: 'datagram' }).detach()
if (other !== undefined) {
  process.chdir(other)
  MessageSocket.bind(path, { type: 'datagram' })
}
const heir = MessageSocket.adopt(fd, { unlink: true })
console.log(existsSync(path))
await heir.close()
console.log(existsSync(path))
