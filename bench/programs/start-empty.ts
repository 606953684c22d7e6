/**
 * A program that does nothing: the start and the end of the runtime.
 */
export {}
