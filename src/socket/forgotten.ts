/**
 * Sockets that nobody has any more, and nothing waits for: they are closed, and whoever forgot them is told.
 * @module
 */
import { Forgotten } from '../descriptors/forgotten.ts'
import type { Core } from './core.ts'

export const forgotten: Forgotten<Core> = new Forgotten<Core>((core) => {
  if (core.state !== 'open') return undefined
  const { fd } = core
  core.close()
  return `A socket, file descriptor ${fd}, was forgotten: it is closed now. Close it, or dispose of it.`
}, 'CMSG_FORGOTTEN_SOCKET')
