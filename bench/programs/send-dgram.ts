/**
 * `createSocket` of cmsg/dgram: `send` with a callback.
 */
import { createSocket } from 'cmsg/dgram'
import { send } from './dgram-peer.ts'

send({ createSocket })
