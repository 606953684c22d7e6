/**
 * Says what it was passed. With `serve` it then answers on the first: one connection by Node's own server, or two datagrams.
 */
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { credentials, MessageSocket } from 'cmsg'
import { constants, fcntl } from 'cmsg/libc'
import { listenFds } from 'cmsg/systemd'

try {
  const fds = listenFds()
  const again = listenFds().length
  const variables = Object.keys(process.env).filter((name) => name.startsWith('LISTEN_'))
  const closeOnExec = fds.every(({ fd }) => (fcntl(fd, constants.F_GETFD) & constants.FD_CLOEXEC) !== 0)
  const list = 'for fd in /proc/$$/fd/*; do [ ${fd##*/} -gt 2 ] && readlink "$fd"; done'
  const child = spawnSync('/bin/sh', ['-c', list], { encoding: 'utf8' })
  const inherited = child.stdout.split('\n').some((line) => line.startsWith('socket:'))
  console.log(JSON.stringify({ fds: fds.map(({ fd, name }) => [fd, name]), again, variables, closeOnExec, inherited }))
  if (process.argv[2] === 'serve') {
    const [first, ...rest] = fds
    if (first.name === 'datagrams') {
      const socket = MessageSocket.adopt(first, { receive: [credentials] })
      for (let i = 0; i < 2; i++) {
        const message = await socket.receive()
        await socket.send(`pid ${message.get(credentials)?.pid}`, { to: message.address })
      }
      await socket.close()
    } else {
      const server = createServer((connection) => {
        connection.end('answered')
        server.close()
      }).listen({ fd: first.take() })
    }
    for (const fd of rest) fd.close()
  }
} catch (error) {
  const { code, message, name } = error
  console.log(JSON.stringify({ name, code, message, variables: Object.keys(process.env).filter((name) => name.startsWith('LISTEN_')) }))
}
