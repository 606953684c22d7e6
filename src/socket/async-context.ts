/**
 * The listeners of a socket run in the async context in which the socket was created, as with node:net and node:dgram: code in them
 * finds the values of the `AsyncLocalStorage`s that its creator had. Otherwise they would run in the context of the code that used the
 * first socket of the thread, since all sockets share one wakeup.
 * @module
 */
import type { AsyncResource } from 'node:async_hooks'

/** An async context, to run callbacks in. */
export type AsyncContext = Pick<AsyncResource, 'runInAsyncScope'>

/** Returns the async context of the caller. */
export function captureContext(): AsyncContext {
  // Loaded here, because most programs have no listeners.
  const { AsyncResource } = process.getBuiltinModule('node:async_hooks')
  return new AsyncResource('CMSGSOCKET')
}
