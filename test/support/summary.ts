/**
 * A reporter whose last line is `<P> passed, <F> failed, <S> skipped`, with what was missing for the skipped ones before it.
 *
 * Nothing that went wrong is left out of F: a file that could not be loaded, a hook that failed and an error outside of any
 * test count as one failure each. A test that passed at its second attempt only is named.
 * @module
 */
import type { SerializedError } from 'vitest'
import type { Reporter, TestModule, TestSuite } from 'vitest/node'
import type {} from './peers.ts' // declares TaskMeta.missingPeer

const isSkipped = (suite: TestSuite | TestModule): boolean =>
  suite.type === 'suite' && (suite.options.mode === 'skip' || isSkipped(suite.parent))

export default class Summary implements Reporter {
  #text = ''

  onInit(): void {
    // Whatever else prints at the end of a run has printed by then.
    process.once('exit', () => process.stdout.write(this.#text))
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 }
    const missing = new Map<string, number>()
    const flaky: string[] = []
    for (const module of modules) {
      for (const suite of [module, ...module.children.allSuites()]) {
        count.failed += suite.errors().length
      }
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state !== 'pending') count[state]++
        // Without a result: vitest gives none to a skipped suite within a skipped suite. Any other test that did not come
        // to its end, as in a run broken off, has not passed.
        else count[isSkipped(test.parent) ? 'skipped' : 'failed']++
        if (test.diagnostic()?.flaky === true) {
          flaky.push(`passed at the second attempt only: ${module.relativeModuleId} > ${test.fullName}\n`)
        }
        const reason = test.meta().missingPeer
        if (reason !== undefined) missing.set(reason, (missing.get(reason) ?? 0) + 1)
      }
    }
    const reasons = [...missing].map(([reason, tests]) => `skipped ${tests}: ${reason}\n`)
    this.#text = `${reasons.join('')}${flaky.join('')}${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`
  }
}
