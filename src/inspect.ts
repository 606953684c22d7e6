/**
 * Defines how `console.log` shows objects of this library: their public properties instead of their private state.
 * @module
 */
import { inspect, type InspectOptions } from 'node:util'

/** Sets the name of a class, since a bundler may have renamed it. */
export const setClassName = (type: object, name: string): unknown =>
  Object.defineProperty(type, 'name', { value: name, configurable: true })

/** Shows objects of a class and its subclasses as the name of their class and these parts. */
export function shownAs<T extends object>(type: { readonly prototype: T }, name: string, parts: (object: T) => object): void {
  setClassName(type, name)
  Object.defineProperty(type.prototype, inspect.custom, {
    value(this: T, depth: number | null, options: InspectOptions): string {
      const { name } = this.constructor
      if (depth === null) return `${name} ${inspect(parts(this), options)}`
      // Two levels more than usual, to show the descriptors of a message.
      return depth < 0 ? `[${name}]` : `${name} ${inspect(parts(this), { ...options, depth: depth + 2 })}`
    },
    configurable: true, writable: true,
  })
}
