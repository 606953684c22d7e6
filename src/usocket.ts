/**
 * `cmsg/usocket`: what the package usocket exports, for programs that were written for it.
 * @module cmsg/usocket
 */
import { UServer } from './usocket/server.ts'
import { USocket } from './usocket/socket.ts'

export { UServer, type UServerOptions } from './usocket/server.ts'
export { USocket, type URead, type USocketOptions, type UWrite } from './usocket/socket.ts'

/** For `import usocket from 'usocket'`. */
export default { USocket, UServer }
