/**
 * Asks for what an older kernel has not got. Started by pidfd.test.ts under strace, which answers as such a kernel does.
 */
import { writeSync } from 'node:fs'
import { MessageSocket, peerPidfd, pidfd } from '../../src/index.ts'
import { close, constants, socketpair } from '../../src/libc.ts'

const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_STREAM)
for (const attempt of [() => MessageSocket.open({ family: 'unix', type: 'datagram', receive: [pidfd] }), () => peerPidfd(a)]) {
  try {
    attempt()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // Node asks the kernel what kind of a socket its standard output is, and is told that there is no such question.
    writeSync(1, `${JSON.stringify({ code, message })}\n`)
  }
}
close(a)
close(b)
