/**
 * Senders that are other processes.
 * @module
 */
import { MessageSocket, type AnyControlMessage, type SocketType } from '../../src/index.ts'
import { start, typescript, type Running } from '../support/processes.ts'

let names = 0

/** An abstract name of ours. It is in nobody's file system, so everybody may send to it. */
export const uniqueName = (): string => `cmsg-test-${process.pid}-${names++}`

/** A socket that others can send to, or connect to. */
export function listen<D extends AnyControlMessage>(type: SocketType, receive: readonly D[]) {
  const name = uniqueName()
  return { name, socket: MessageSocket.bind({ abstract: name }, { type, receive }) }
}

/** Starts a process that sends `hello` to an abstract name, and lives on. */
export const sender = (name: string, flags: readonly string[] = []): Running =>
  start(['python3', '-B', 'test/identities/sender.py', name, ...flags])

/** The same, as somebody else: `under` comes before its command line. */
export const senderUnder = (under: readonly string[], name: string, type: SocketType): Running =>
  start([...under, ...typescript('test/identities/sender.program.ts'), name, type])

/** What comes of a program, unless it fails before: then its error. */
export const of = <T>(program: Running, coming: Promise<T>): Promise<T> =>
  Promise.race([coming, program.output().then(() => coming)])
