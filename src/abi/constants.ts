/**
 * The constants of the system headers, by C name.
 * @module
 */
import { constants as numbers } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'

type Constants = typeof numbers & typeof errno

/**
 * `SOL_*`, `SCM_*`, `SO_*`, `MSG_*`, `AF_*`, … and the errnos (positive, as in C), by C name: those that are the same
 * on every target this library runs on.
 *
 * @example
 * import { constants } from 'cmsg/codec'
 *
 * const { SOL_SOCKET, SCM_RIGHTS } = constants
 */
export const constants: Constants = { ...numbers, ...errno }
