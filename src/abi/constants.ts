/**
 * The constants of the system headers, by C name.
 * @module
 */
import { constants as numbers, constantsByTarget } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { hostAbi } from './abi.ts'

type OfHost = { readonly [Name in keyof typeof constantsByTarget]: number }
type Constants = typeof numbers & OfHost & typeof errno

/** Constants that differ between targets, with their values on this one. */
function ofHost(): OfHost {
  const { target } = hostAbi()
  return Object.fromEntries(Object.entries(constantsByTarget).map(([name, values]) => [name, values[target]])) as unknown as OfHost
}

/**
 * `SOL_*`, `SCM_*`, `SO_*`, `MSG_*`, `AF_*`, … and the errnos (positive, as in C), by C name. Most are the same on every
 * target; a few, such as `SO_TIMESTAMP` and `SO_RCVTIMEO`, differ, and have the values of {@link hostAbi}.
 *
 * @example
 * import { constants } from 'cmsg/codec'
 *
 * const { SOL_SOCKET, SCM_RIGHTS } = constants
 */
// Spreading would create a hidden class for each name, which takes fifteen times as long.
export const constants: Constants = /* @__PURE__ */ Object.assign({}, numbers, /* @__PURE__ */ ofHost(), errno)
