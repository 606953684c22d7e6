/**
 * The npm package unix-dgram, on a pathname. It knows no credentials.
 */
import { createRequire } from 'node:module'
import { receive, type UnixDgram } from './dgram-peer.ts'

receive(createRequire(import.meta.url)('unix-dgram') as UnixDgram)
