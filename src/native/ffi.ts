/**
 * The former name of `engine()`, until everything that imports it has changed.
 * @module
 */
export { engine as loadLibc } from './engine.ts'
