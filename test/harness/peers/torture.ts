/**
 * The hostile peers for as long as one likes: `torture.ts [--minutes N] [--only WORD]`. Attacks at random, each with one to four times
 * its usual size, on both ways to wait. Prints a table of what the victims took; the exit status is 1 when something is wrong.
 * @module
 */
import { torture } from './torture-run.ts'
import { attacks, rootAttacks } from './attacks.ts'

process.exitCode = await torture(process.getuid?.() === 0 ? [...attacks, ...rootAttacks] : attacks, process.argv.slice(2))
