/**
 * Who forgets a descriptor is told, and it is closed all the same: when its owner is garbage.
 */
import { expect, it } from 'vitest'
import { start, typescript } from '../support/processes.ts'

it('a forgotten descriptor is closed, with a warning', async () => {
  const [node, ...rest] = typescript('test/descriptors/forgotten.program.ts')
  const program = start([node!, '--expose-gc', ...rest])
  const [json] = await program.output()
  const { before, after, kept, warnings } = JSON.parse(json!) as {
    before: number; after: number; kept: boolean[]; warnings: { name: string; code: string; message: string }[]
  }
  // Five messages of two files and a pidfd, and the file itself.
  expect([before, after, kept]).toEqual([5 * 3 + 1, 2, [true]])
  const mine = warnings.filter(({ name }) => name === 'CmsgWarning')
  expect(mine).toHaveLength(5 * 3 - 1)
  expect(mine[0]).toEqual({
    name: 'CmsgWarning', code: 'CMSG_FORGOTTEN_FD',
    message: expect.stringMatching(
      /^Received file descriptor \d+ was garbage-collected without being closed, and is closed now\. Take it/,
    ) as string,
  })
})
