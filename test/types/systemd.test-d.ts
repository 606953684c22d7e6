/**
 * Types of `cmsg/systemd`, as TypeScript infers them.
 */
import { expectTypeOf, test } from 'vitest'
import type { OwnedFd } from '../../src/index.ts'
import { listenFds, notify, openJournal, watchdog, type ListenFd, type Watchdog } from '../../src/systemd.ts'

test('a passed descriptor has a name and an owner', () => {
  expectTypeOf(listenFds()).toEqualTypeOf<ListenFd[]>()
  expectTypeOf<ListenFd>().toExtend<OwnedFd>()
  expectTypeOf<ListenFd['name']>().toEqualTypeOf<string>()
})

test('a notification is text, lines, or names with values', () => {
  expectTypeOf(notify('READY=1')).toEqualTypeOf<Promise<boolean>>()
  expectTypeOf(notify).toBeCallableWith(['READY=1'] as const, { fds: [0], barrier: true })
  expectTypeOf(notify).toBeCallableWith(
    { READY: 1, FDPOLL: false, STATUS: 'x', MONOTONIC_USEC: 1n, MAINPID: undefined }, { barrier: { signal: AbortSignal.timeout(1) } },
  )
  // @ts-expect-error: neither of them
  void notify(1)
  // @ts-expect-error: no value
  void notify({ READY: {} })
})

test('a watchdog is disposed of, if there is one', () => {
  expectTypeOf(watchdog()).toEqualTypeOf<Watchdog | undefined>()
  expectTypeOf<Watchdog>().toExtend<Disposable>()
})

test('an entry is text or fields', () => {
  const { send } = openJournal({ identifier: 'demo' })
  expectTypeOf(send).returns.toEqualTypeOf<Promise<void>>()
  expectTypeOf(send).toBeCallableWith('text')
  expectTypeOf(send).toBeCallableWith({ MESSAGE: 'text', PRIORITY: 3, DATA: new Uint8Array(1), TAG: ['a', 1n], NONE: undefined })
  // @ts-expect-error: no value
  void send({ MESSAGE: null })
})
