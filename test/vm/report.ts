/**
 * What the machine says of the checks, for people.
 * @module
 */

/** A line of results, as the programs in the machine and its init write them. */
export interface Line {
  /** A family's program is there, with these checks. */
  readonly family?: string
  readonly checks?: readonly string[]
  /** A check is over. Without `failure` it went well. */
  readonly check?: string
  readonly failure?: string
  readonly ms?: number
  /** A family's program has ended, with this code. */
  readonly ended?: string
  readonly code?: number
}

export class Report {
  readonly #families: readonly string[]
  readonly #checks = new Map<string, Set<string>>()
  readonly #codes = new Map<string, number>()
  #passed = 0
  readonly #failed: string[] = []

  constructor(families: readonly string[]) {
    this.#families = families
  }

  take({ family, checks, check, failure, ms, ended, code }: Line): void {
    if (family !== undefined && checks !== undefined) this.#checks.set(family, new Set(checks))
    if (family !== undefined && check !== undefined) this.#result(family, check, failure, ms)
    if (ended !== undefined) {
      this.#codes.set(ended, code!)
      this.#missing(ended)
    }
  }

  #result(family: string, check: string, failure?: string, ms?: number): void {
    this.#checks.get(family)?.delete(check)
    const name = `${family}: ${check}`
    const time = ms === undefined ? '' : ` (${ms} ms)`
    if (failure === undefined) {
      this.#passed++
      console.log(`ok ${name}${time}`)
    } else {
      this.#failed.push(name)
      console.log(`not ok ${name}${time}\n  ${failure.replaceAll('\n', '\n  ')}`)
    }
  }

  /** The checks of which nothing was heard are failures: the program was killed, or crashed. */
  #missing(family: string): void {
    const code = this.#codes.get(family)
    const end = code === undefined ? 'the machine stopped before its program ended' : `its program ended with code ${code}`
    const checks = this.#checks.get(family)
    if (checks === undefined) return this.#result(family, 'its program starts', end)
    for (const check of [...checks]) this.#result(family, check, `not run: ${end}`)
  }

  /** The summary; whether all went well. */
  end(): boolean {
    for (const family of this.#families) if (!this.#codes.has(family)) this.#missing(family)
    console.log(`${this.#passed} ok, ${this.#failed.length} not ok${this.#failed.map((name) => `\n  ${name}`).join('')}`)
    return this.#failed.length === 0 && this.#passed > 0
  }
}
