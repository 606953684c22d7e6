/**
 * The model test, for less than half a minute with each way to wait. A seed of its own each time: what it finds, it says
 * how to see again. For hours: torture.ts.
 * @module
 */
import { expect, it } from 'vitest'
import { check } from './run.ts'

const ms = Number(process.env.CMSG_MODEL_SECONDS ?? 25) * 1000
const seed = Number(process.env.CMSG_MODEL_SEED ?? Date.now() % 0x7fffffff)

it('sockets behave as the model predicts', { timeout: 10 * ms + 120_000 }, async () => {
  const failure = await check({ seed, ms })
  if (failure !== undefined) expect.fail(`${failure}\n(as test/harness/model/torture.ts --strategy ${process.env.CMSG_READINESS ?? ''} …)`)
})
