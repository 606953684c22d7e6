/**
 * A terminated thread leaves nothing open: no socket, no epoll, no helper that waited for room.
 */
import { expect, it } from 'vitest'
import { start } from '../support/processes.ts'
import { path } from './helpers.ts'

it('20 Workers that are terminated while they wait leave no descriptor', async () => {
  const program = start([process.execPath, 'test/socket/terminated-workers.program.mjs', path()])
  await program.line('ready')
  expect(JSON.parse((await program.output())[1]!)).toEqual({ heldMore: true, added: [] })
})
