/**
 * Lets time run ten times as fast for long timers: the library keeps its epoll for a while after the last socket was
 * closed, and a sweep waits for that thousands of times. To be imported first. Not where the strategy is on trial, which
 * judges by a timer.
 * @module
 */
const { setTimeout: real } = globalThis

if (process.env.CMSG_READINESS !== undefined) {
  globalThis.setTimeout = ((callback: () => void, delay = 0, ...args: []) => real(callback, delay >= 50 && delay <= 5000 ? delay / 10 : delay, ...args)) as typeof real
}
