/**
 * Other programs as peers, for tests: nothing outlives its test file.
 * @module
 */
import { afterAll } from 'vitest'
import { stopAll } from './running.ts'

export { idle, start, tempDir, typescript, type Running } from './running.ts'

afterAll(stopAll)
