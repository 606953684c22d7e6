/**
 * The hostile peers for as long as one likes: `npm run torture peers -- [--minutes N] [--only WORD]`. Attacks at random, each with
 * one to four times its usual size, on both ways to wait. Prints a table of the resources that the victims took.
 * @module
 */
import { torture } from './torture-run.ts'
import { attacks, rootAttacks } from './attacks.ts'

export default (args: readonly string[]): Promise<boolean> =>
  torture(process.getuid?.() === 0 ? [...attacks, ...rootAttacks] : attacks, args)
