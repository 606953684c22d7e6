/**
 * The races for as long as one likes: `torture.ts [--minutes N] [--only WORD]`. Attacks at random, each with one to four times
 * its usual size, on both ways to wait. Prints a table of what the victims took; the exit status is 1 when something is wrong.
 * @module
 */
import { torture } from '../peers/torture-run.ts'
import { races } from './races.ts'

process.exitCode = await torture(races, process.argv.slice(2))
