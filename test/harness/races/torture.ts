/**
 * The races for as long as one likes: `npm run torture races -- [--minutes N] [--only WORD]`. Attacks at random, each with
 * one to four times its usual size, on both ways to wait. Prints a table of the resources that the victims took.
 * @module
 */
import { torture } from '../peers/torture-run.ts'
import { races } from './races.ts'

export default (args: readonly string[]): Promise<boolean> => torture(races, args)
