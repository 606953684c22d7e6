/**
 * Node's Duplex as a base class that is loaded when the first stream is created, so programs without streams do not load it.
 * @module
 */
import type { Duplex, DuplexOptions } from 'node:stream'

function Lazy(this: Duplex, options?: DuplexOptions): void {
  const { Duplex } = process.getBuiltinModule('node:stream')
  if (!(this instanceof Duplex)) {
    Object.setPrototypeOf(Lazy.prototype as object, Duplex.prototype)
    Object.setPrototypeOf(Lazy, Duplex)
  }
  // Node's Duplex is a function, not a class.
  ;(Duplex as unknown as (this: Duplex, options?: DuplexOptions) => void).call(this, options)
}

/** Node's Duplex, to be extended. */
export const LazyDuplex: typeof Duplex = Lazy as unknown as typeof Duplex
