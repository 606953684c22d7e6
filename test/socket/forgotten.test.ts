/**
 * Who forgets a socket is told, and it is closed all the same, its file removed: when it is garbage, and nothing waits for it.
 */
import { expect, it } from 'vitest'
import { start, typescript } from '../support/processes.ts'
import { path } from './helpers.ts'

it('a forgotten socket is closed, with a warning', async () => {
  const [node, ...rest] = typescript('test/socket/forgotten.program.ts')
  const [json] = await start([node!, '--expose-gc', ...rest, path()]).output()
  const { warnings, ...result } = JSON.parse(json!) as { warnings: { code: string; message: string }[] }
  expect(result).toEqual({ left: 0, file: false, received: 'still here' })
  expect(warnings).toHaveLength(3)
  expect(warnings[0]).toEqual({
    code: 'CMSG_FORGOTTEN_SOCKET', message: expect.stringMatching(
      /^A socket \(file descriptor \d+\) was garbage-collected without being closed, and is closed now\./,
    ) as string,
  })
})
