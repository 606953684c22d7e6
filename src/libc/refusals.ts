/**
 * Why the kernel would not send control messages: an errno alone does not say which of them it was, nor what it takes.
 * @module
 */
import { errno } from '../../generated/errno.ts'
import { decodeControl } from '../control/decode.ts'
import { credentials, rights, type Credentials } from '../control/kinds/socket.ts'

const { EPERM, ESRCH, EINVAL, EBADF, ETOOMANYREFS } = errno

/** What was refused and what it needs; `undefined` where the control messages have nothing to do with it. */
export function explainRefusal(code: number, control: Uint8Array | undefined): string | undefined {
  if (control === undefined || control.length === 0) return undefined
  const sent = decodeControl(control, { definitions: [credentials, rights] })
  // Of two, the last one counts.
  const stated = sent.findLast((message) => message.kind === 'credentials')
  const who = stated?.kind === 'credentials' ? stated.value : undefined
  const passed = sent.some(({ kind }) => kind === 'rights')
  switch (code) {
    case EPERM: return who !== undefined ? `${show(who)} may not be stated: ${needs(who)}` : passed ? 'the receiver refuses file descriptors (SO_PASSRIGHTS is off)' : undefined
    case ESRCH: return who === undefined ? undefined : `${show(who)} cannot be stated: no process has this pid`
    case EINVAL: return who === undefined ? 'the kernel does not take these control messages on this socket' : `${show(who)} cannot be stated: the uid or gid does not exist in this user namespace, or another control message is wrong`
    case EBADF: return passed ? 'one of the file descriptors to be sent, or the socket, is not open' : undefined
    case ETOOMANYREFS: return passed ? 'more file descriptors are under way, sent and not received, than RLIMIT_NOFILE allows (CAP_SYS_RESOURCE may exceed it)' : undefined
    default: return undefined
  }
}

const show = ({ pid, uid, gid }: Credentials): string => `credentials { pid: ${pid}, uid: ${uid}, gid: ${gid} }`

/** The capabilities that stating these credentials takes. */
function needs({ pid, uid, gid }: Credentials): string {
  const of = [
    pid !== process.pid ? 'the pid of another process needs CAP_SYS_ADMIN' : undefined,
    // A saved id may be stated too, which Node does not tell.
    uid !== process.getuid?.() && uid !== process.geteuid?.() ? 'a uid not our own CAP_SETUID' : undefined,
    gid !== process.getgid?.() && gid !== process.getegid?.() ? 'a gid not our own CAP_SETGID' : undefined,
  ].filter((line) => line !== undefined)
  return of.length > 0 ? of.join(', ') : 'they are our own, so a security module forbids it'
}
