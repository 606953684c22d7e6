/**
 * Objects that cannot be posted to another thread. A copy of one would be an empty object there, and nobody would be told.
 * @module
 */
import workers from 'node:worker_threads'

/** Since Node 22.10. */
const { markAsUncloneable } = workers as { markAsUncloneable?: (value: object) => void }

/** Has `postMessage` and `structuredClone` refuse an object. */
export const uncloneable: (value: object) => void = markAsUncloneable ?? ((value) => {
  // A function cannot be cloned, and what is enumerable is.
  Object.defineProperty(value, 'uncloneable', { value: () => {}, enumerable: true })
})
