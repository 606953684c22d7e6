/**
 * Sockets that nobody has any more, and nothing waits for: they are closed, and whoever forgot them is told.
 * @module
 */
import { Forgotten } from '../descriptors/forgotten.ts'
import type { Core } from './core.ts'
import type { KeptDescriptors } from './duplex/kept.ts'

/** What must be closed with a socket that was forgotten. */
interface Remains {
  readonly core: Core
  readonly kept?: KeptDescriptors
}

export const forgotten: Forgotten<Remains> = new Forgotten<Remains>(({ core, kept }) => {
  kept?.close()
  if (core.state !== 'open') return undefined
  const { fd } = core
  core.close()
  return `A socket, file descriptor ${fd}, was forgotten: it is closed now. Close it, or dispose of it.`
}, 'CMSG_FORGOTTEN_SOCKET')
