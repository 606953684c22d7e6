/**
 * The checks of defineControlMessage, which built-in definitions do without when they are created.
 */
import { expect, it, vi } from 'vitest'

const calls = vi.hoisted(() => ({ checked: 0 }))

vi.mock(import('../../src/control/define.ts'), async (importOriginal) => {
  const original = await importOriginal()
  const defineBuiltin = ((definition: never) => {
    calls.checked++
    return original.defineControlMessage(definition)
  }) as typeof original.defineBuiltin
  return { ...original, defineBuiltin }
})

it('every built-in definition passes the checks of defineControlMessage', async () => {
  const { builtins } = await import('../../src/control/catalogue.ts')
  expect(calls.checked).toBe(builtins.length)
})
