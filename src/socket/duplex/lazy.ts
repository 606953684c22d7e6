/**
 * Node's Duplex as a base class. It is loaded when the first stream is made, so that importing this package costs nothing
 * to those who make none.
 * @module
 */
import type { Duplex, DuplexOptions } from 'node:stream'

function Lazy(this: Duplex, options?: DuplexOptions): void {
  const { Duplex } = process.getBuiltinModule('node:stream')
  if (!(this instanceof Duplex)) {
    Object.setPrototypeOf(Lazy.prototype as object, Duplex.prototype)
    Object.setPrototypeOf(Lazy, Duplex)
  }
  // Node's own is a function, not a class.
  ;(Duplex as unknown as (this: Duplex, options?: DuplexOptions) => void).call(this, options)
}

/** Node's Duplex, to be extended. */
export const LazyDuplex: typeof Duplex = Lazy as unknown as typeof Duplex
