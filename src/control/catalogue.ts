/**
 * Every built-in definition: what {@link decodeControl} looks for by default. Adding one is a definition in the file of
 * its level, a line here, and a row in test/control/catalogue.test.ts.
 * @module
 */
import { credentials, rights } from './socket.ts'

export const builtins = [credentials, rights] as const
