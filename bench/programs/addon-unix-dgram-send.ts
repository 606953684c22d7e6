/**
 * The npm package unix-dgram, to a pathname.
 */
import { createRequire } from 'node:module'
import { send, type UnixDgram } from './dgram-peer.ts'

send(createRequire(import.meta.url)('unix-dgram') as UnixDgram)
