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
  // Waiting takes sockets of its own in one of the ways to wait.
  expect(result).toEqual({ made: expect.any(Number) as number, left: expect.any(Number) as number, file: false, received: 'still here' })
  const { made, left } = result as unknown as { made: number; left: number }
  expect(made - left).toBe(3)
  expect(warnings).toHaveLength(3)
  expect(warnings[0]).toEqual({
    code: 'CMSG_FORGOTTEN_SOCKET', message: expect.stringMatching(/^A socket, file descriptor \d+, was forgotten: it is closed now\./) as string,
  })
})
