// Run by written.test.ts in a Worker, with the built library: buffers of the caller, which there are copied to, and a
// receive that discards.
import { parentPort } from 'node:worker_threads'
import { accept4, bind, close, connect, constants, encodeAddress, getsockname, listen, recvmsg, sendmsg, socket } from '../../dist/libc.js'

const listener = socket(constants.AF_INET, constants.SOCK_STREAM)
bind(listener, encodeAddress({ address: '127.0.0.1', port: 0 }))
listen(listener)
const client = socket(constants.AF_INET, constants.SOCK_STREAM)
connect(client, getsockname(listener))
const server = accept4(listener).fd
sendmsg(client, { buffers: [Buffer.from('abcdef')] })
const buffers = [Buffer.from('..'), Buffer.from('....')]
const { length } = recvmsg(server, { buffers }, constants.MSG_TRUNC)
for (const fd of [listener, client, server]) close(fd)
parentPort.postMessage({ length, buffers: buffers.map(String) })
