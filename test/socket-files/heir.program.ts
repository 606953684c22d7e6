/**
 * Takes over the removal of a socket file, and says if the file exists before and afterwards.
 *
 *     heir.program.ts DIRECTORY NAME
 */
import { existsSync } from 'node:fs'
import { MessageSocket } from '../../src/index.ts'

const [directory, path] = process.argv.slice(2) as [string, string]
process.chdir(directory)
const { fd } = MessageSocket.bind(path, { type: 'datagram' }).detach()
const heir = MessageSocket.adopt(fd, { unlink: true })
console.log(existsSync(path))
await heir.close()
console.log(existsSync(path))
