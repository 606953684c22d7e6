/**
 * Room for control messages.
 * @module
 */
import { CMSG_SPACE } from '../../abi/cmsg.ts'
import type { AnyControlMessage } from '../../control/define.ts'
import { timestamp } from '../../control/timestamps.ts'
import { controlRoom } from './options.ts'

export class ControlSize {
  readonly #sum: number
  mark: boolean

  constructor(_fd: number, { definitions, mark }: { family: number; type: number; definitions: readonly AnyControlMessage[]; mark: boolean }) {
    this.#sum = controlRoom(definitions)
    this.mark = mark
  }
  get size(): number {
    return this.#sum + (this.mark ? CMSG_SPACE(timestamp.minSize) : 0)
  }
  optionSet(_level: number, _option: number): void {}
  refresh(): boolean {
    return false
  }
}
