/**
 * A delay that blocks the thread.
 * @module
 */

/** Blocks the thread for `ms` milliseconds. */
export const sleep = (ms: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms)
