/**
 * Explains why the kernel refused to send control messages: an errno alone says neither which one it refused nor what it needs.
 * @module
 */
import { errno } from '../../generated/errno.ts'
import { decodeControl } from '../control/decode.ts'
import { credentials, rights, type Credentials } from '../control/kinds/socket.ts'

const { EPERM, ESRCH, EINVAL, EBADF, ETOOMANYREFS } = errno

/** Describes what was refused and what it needs; `undefined` if the control messages are not the reason. */
export function explainRefusal(code: number, control: Uint8Array | undefined): string | undefined {
  if (control === undefined || control.length === 0) return undefined
  const sent = decodeControl(control, { definitions: [credentials, rights] })
  // If there are two, the kernel uses the last one.
  const stated = sent.findLast((message) => message.kind === 'credentials')
  const claimed = stated?.kind === 'credentials' ? stated.value : undefined
  const passed = sent.some(({ kind }) => kind === 'rights')
  switch (code) {
    case EPERM:
      if (claimed !== undefined) return `not permitted to send ${show(claimed)}: ${needs(claimed)}`
      return passed ? 'the receiver refuses file descriptors (SO_PASSRIGHTS is off)' : undefined
    case ESRCH: return claimed === undefined ? undefined : `cannot send ${show(claimed)}: no process has this pid`
    case EINVAL:
      return claimed === undefined ? 'the kernel does not accept these control messages on this socket'
        : `cannot send ${show(claimed)}: the uid or gid does not exist in this user namespace, `
          + 'or another control message is invalid'
    case EBADF: return passed ? 'one of the file descriptors to be sent, or the socket, is not open' : undefined
    case ETOOMANYREFS:
      return passed ? 'more file descriptors are in flight (sent but not received) than RLIMIT_NOFILE allows '
        + '(CAP_SYS_RESOURCE may exceed it)' : undefined
    default: return undefined
  }
}

const show = ({ pid, uid, gid }: Credentials): string => `credentials { pid: ${pid}, uid: ${uid}, gid: ${gid} }`

/** The capabilities needed to send these credentials. */
function needs({ pid, uid, gid }: Credentials): string {
  const of = [
    pid !== process.pid ? 'the pid of another process needs CAP_SYS_ADMIN' : undefined,
    // The saved id is allowed too, but Node does not expose it.
    uid !== process.getuid?.() && uid !== process.geteuid?.() ? 'another uid needs CAP_SETUID' : undefined,
    gid !== process.getgid?.() && gid !== process.getegid?.() ? 'another gid needs CAP_SETGID' : undefined,
  ].filter((line) => line !== undefined)
  return of.length > 0 ? of.join(', ') : 'they are those of this process, so a security module forbids it'
}
