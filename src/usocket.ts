/**
 * `cmsg/usocket`: what the package usocket exports, for programs that were written for it.
 *
 * All of it is from `cmsg`, as with `cmsg/dgram`.
 * @module cmsg/usocket
 */
export { default, UServer, USocket, type UServerOptions, type URead, type USocketOptions, type UWrite } from './index.ts'
