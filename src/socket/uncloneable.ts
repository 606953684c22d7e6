/**
 * Prevents objects from being posted to another thread, where a copy would silently be an empty object.
 * @module
 */
import workers from 'node:worker_threads'

/** Since Node 22.10. */
const { markAsUncloneable } = workers as { markAsUncloneable?: (value: object) => void }

/** Makes `postMessage` and `structuredClone` refuse an object. */
export const uncloneable: (value: object) => void = markAsUncloneable ?? ((value) => {
  // Cloning copies enumerable properties, and fails on a function.
  Object.defineProperty(value, 'uncloneable', { value: () => {}, enumerable: true })
})
