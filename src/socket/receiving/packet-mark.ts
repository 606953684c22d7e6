/**
 * Follows the options that give every packet of a seqpacket connection a control message, which its end does not have.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { attempt } from '../../errors.ts'
import type { AnyControlMessage } from '../../control/define.ts'
import type { ControlSize } from '../options/control-size.ts'
import { isMarked, removeMark, setMark, timestampOptions } from '../options/mark.ts'
import { areCredentialsOn } from '../options/setup.ts'

const { AF_UNIX, SOCK_SEQPACKET, SOL_SOCKET, SO_PASSCRED, SCM_CREDENTIALS } = constants

interface MarkedSocket {
  readonly family: number
  readonly type: number
  readonly definitions: readonly AnyControlMessage[]
  /** The socket was created elsewhere, so it gets no mark that its creator did not ask for. */
  readonly adopted: boolean
}

/** The mark of a socket's packets: SO_TIMESTAMP, set by this library, or an option that the program has turned on. */
export class PacketMark {
  readonly #fd: number
  readonly #control: ControlSize
  readonly #hasPackets: boolean
  /** True if this library may set SO_TIMESTAMP. */
  #mayBeSet: boolean
  /** An option that the program has turned on serves as the mark, too. */
  #byProgram: boolean

  constructor(fd: number, { family, type, definitions, adopted }: MarkedSocket, control: ControlSize) {
    this.#fd = fd
    this.#control = control
    this.#hasPackets = family === AF_UNIX && type === SOCK_SEQPACKET
    this.#mayBeSet = this.#hasPackets && !adopted
    this.#byProgram = this.#hasPackets && definitions.some((one) =>
      one.level === SOL_SOCKET && (one.type === SCM_CREDENTIALS || timestampOptions.includes(one.type)))
  }

  /** True if every packet has a mark. */
  get isOn(): boolean {
    return this.#control.mark || this.#byProgram
  }

  /** Called after the program has set an option. When it turns off timestamps that served as the mark, the mark is set again. */
  optionSet(level: number, option: number): void {
    if (!this.#hasPackets || level !== SOL_SOCKET) return
    const isTimestamp = timestampOptions.includes(option)
    if (!isTimestamp && option !== SO_PASSCRED) return
    const control = this.#control
    if (isTimestamp && this.#mayBeSet) control.mark = attempt(() => setMark(this.#fd)) === true
    this.#byProgram = control.mark ? areCredentialsOn(this.#fd) : attempt(() => isMarked(this.#fd)) === true
  }

  /** Removes the mark that this library has set, for good. */
  remove(): void {
    if (this.#control.mark) removeMark(this.#fd)
    this.#control.mark = false
    this.#mayBeSet = false
  }
}
