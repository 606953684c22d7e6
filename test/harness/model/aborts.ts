/**
 * When something happens to a call that was made: at once, so many microtasks or turns of the loop later, or when the
 * scheduler of the run picks it.
 * @module
 */
import fc from 'fast-check'
import type { World } from './world.ts'

export type When =
  | { readonly after: 'nothing' }
  | { readonly after: 'microtasks' | 'turns'; readonly count: number }
  | { readonly after: 'scheduler' }

export const whens: fc.Arbitrary<When> = fc.oneof(
  fc.constant<When>({ after: 'nothing' }),
  fc.record({ after: fc.constant('microtasks' as const), count: fc.nat(12) }),
  fc.record({ after: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.constant<When>({ after: 'scheduler' }),
)

export const showWhen = (when: When): string =>
  when.after === 'nothing' ? 'at once' : when.after === 'scheduler' ? 'when scheduled' : `after ${when.count} ${when.after}`

/** Shows the abort of a call behind its other arguments. */
export const showAbort = (abort: When | undefined): string => (abort === undefined ? '' : `, abort ${showWhen(abort)}`)

/** Do something then. */
export function at(world: World, when: When, label: string, action: () => void): void {
  const guarded = (): void => { world.guard(action) }
  if (when.after === 'nothing') guarded()
  else if (when.after === 'scheduler') void world.later(label).then(guarded)
  else if (when.after === 'microtasks') {
    let left = when.count
    const step = (): void => { if (left-- === 0) guarded(); else queueMicrotask(step) }
    step()
  } else {
    let left = when.count
    const step = (): void => { if (left-- === 0) guarded(); else setImmediate(step) }
    step()
  }
}

/** A signal for a call; `undefined` for none. It is aborted before the call where that is to be at once. */
export interface Aborting {
  readonly signal: AbortSignal | undefined
  readonly reason: unknown
  /** To be called behind the call. */
  arm(onAbort: () => void): void
}

export function aborting(world: World, when: When | undefined, label: string): Aborting {
  if (when === undefined) return { signal: undefined, reason: undefined, arm: () => {} }
  const controller = new AbortController()
  const reason = new Error(`aborted: ${label}`)
  if (when.after === 'nothing') controller.abort(reason)
  return {
    signal: controller.signal,
    reason,
    arm: (onAbort) => {
      if (when.after === 'nothing') onAbort()
      else {
        at(world, when, `abort of ${label}`, () => {
          onAbort()
          world.trace(`abort of ${label}`)
          controller.abort(reason)
        })
      }
    },
  }
}
