/**
 * What `console.log` shows of our objects: what they are to their user, instead of their private parts.
 * @module
 */
import { inspect, type InspectOptions } from 'node:util'

/** Give a class its name: a bundler may have called it something else. */
export const named = (type: object, name: string): unknown => Object.defineProperty(type, 'name', { value: name, configurable: true })

/** Have objects of a class, and of those that extend it, shown as the name of their class and these parts. */
export function shownAs<T extends object>(type: { readonly prototype: T }, name: string, parts: (object: T) => object): void {
  named(type, name)
  Object.defineProperty(type.prototype, inspect.custom, {
    value(this: T, depth: number | null, options: InspectOptions): string {
      const { name } = this.constructor
      if (depth === null) return `${name} ${inspect(parts(this), options)}`
      // Two levels more than usual: it takes that to see the descriptors of a message.
      return depth < 0 ? `[${name}]` : `${name} ${inspect(parts(this), { ...options, depth: depth + 2 })}`
    },
    configurable: true, writable: true,
  })
}
