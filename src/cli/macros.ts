/**
 * `cmsg layout --macros`: computes and draws the space that a control message takes.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import type { Abi } from '../abi/abi.ts'
import { CMSG_ALIGN, CMSG_LEN, CMSG_SPACE, cmsghdrOf } from '../abi/cmsg.ts'
import { intSize } from '../abi/scalars.ts'
import { structs } from '../abi/structs.ts'
import { columns, print, printJson, styleFor } from './style.ts'

const { SCM_MAX_FD } = constants

/** Common payloads. */
const payloads = (abi: Abi): readonly (readonly [bytes: number, what: string])[] => {
  const [ucred, in_pktinfo, timeval, scm_timestamping] =
    [structs.ucred, structs.in_pktinfo, structs.timeval, structs.scm_timestamping].map((struct) => struct.for(abi).size)
  return [
    [0, 'nothing'], [1, 'one byte'], [intSize, 'one descriptor, or any int'], [2 * intSize, 'two descriptors'], [ucred!, 'struct ucred'],
    [in_pktinfo!, 'struct in_pktinfo'], [timeval!, 'struct timeval'], [scm_timestamping!, 'struct scm_timestamping'],
    [SCM_MAX_FD * intSize, `${SCM_MAX_FD} descriptors, the maximum`],
  ]
}

/** Prints the macros for the targets. */
export function macros(targets: readonly Abi[], json: boolean): void {
  const results = (abi: Abi): { what: string; bytes: number; CMSG_ALIGN: number; CMSG_LEN: number; CMSG_SPACE: number }[] =>
    payloads(abi).map(([bytes, what]) => ({
      what, bytes, CMSG_ALIGN: CMSG_ALIGN(bytes, abi), CMSG_LEN: CMSG_LEN(bytes, abi), CMSG_SPACE: CMSG_SPACE(bytes, abi),
    }))
  if (json) {
    return printJson(targets.map((abi) =>
      ({ target: abi.target, wordSize: abi.wordSize, header: cmsghdrOf(abi).size, results: results(abi) })))
  }
  // Groups targets by the values that the macros depend on.
  const groups = [8, 4].map((size) => targets.filter(({ wordSize }) => wordSize === size)).filter(({ length }) => length > 0)
  print(groups.map((group) => macrosOf(group)).join('\n\n'))

  function macrosOf(group: readonly Abi[]): string {
    const { bold, dim } = styleFor()
    const abi = group[0]!
    const word = abi.wordSize
    const header = cmsghdrOf(abi).size
    const n = structs.ucred.size
    const [aligned, len, space] = [CMSG_ALIGN(n, abi), CMSG_LEN(n, abi), CMSG_SPACE(n, abi)]
    const table = results(abi).map(({ what, bytes, ...macros }) => [
      String(bytes).padStart(5), ...Object.values(macros).map((value) => String(value).padStart(10)), dim(what),
    ])
    return [
      bold(group.map(({ target }) => target).join(', ')),
      `sizeof(struct cmsghdr) is ${header}, and a word is ${word} bytes`, '',
      `CMSG_ALIGN(n) = n, rounded up to a multiple of ${word}`,
      `CMSG_LEN(n)   = ${header} + n                the value of cmsg_len`,
      `CMSG_SPACE(n) = ${header} + CMSG_ALIGN(n)    its size in the buffer; the sum of these is msg_controllen`, '',
      `For struct ucred, ${n} bytes:`,
      ...picture(header, n, aligned - n, len, space), '',
      ...columns([['n'.padStart(5), 'CMSG_ALIGN', '  CMSG_LEN', 'CMSG_SPACE', 'payload'].map(bold), ...table]),
    ].join('\n')
  }
}

/** Draws the parts that LEN and SPACE count. */
function picture(header: number, payload: number, padding: number, len: number, space: number): string[] {
  const boxes = [`cmsghdr ${header}`, `payload ${payload}`, ...(padding > 0 ? [`padding ${padding}`] : [])].map((text) =>
    ` ${text.padStart(14).padEnd(18)} `)
  const inner = boxes.slice(0, 2).join('│').length
  const outer = boxes.join('│').length
  const span = (text: string, room: number): string => `├${` ${text} `.padStart((room + text.length + 2) >> 1, '─').padEnd(room, '─')}┤`
  const lines = (corner: string): string => boxes.map((box) => '─'.repeat(box.length)).join(corner)
  return [
    `  ┌${lines('┬')}┐`,
    `  │${boxes.join('│')}│`,
    `  └${lines('┴')}┘`,
    `  ${span(`CMSG_LEN(${payload}) = ${header} + ${payload} = ${len}`, inner)}`,
    `  ${span(`CMSG_SPACE(${payload}) = ${header} + ${payload + padding} = ${space}`, outer)}`,
  ]
}
