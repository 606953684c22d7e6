/**
 * `cmsg/usocket`: the exports of the package usocket, for programs that were written for it.
 *
 * It only re-exports from `cmsg`, like `cmsg/dgram`.
 * @module cmsg/usocket
 */
export { default, UServer, USocket, type UServerOptions, type URead, type USocketOptions, type UWrite } from './index.ts'
