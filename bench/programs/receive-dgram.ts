/**
 * `createSocket` of cmsg/dgram: the event `message`.
 */
import { createSocket } from 'cmsg/dgram'
import { receive } from './dgram-peer.ts'

receive({ createSocket })
