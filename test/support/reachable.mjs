// Run as another user by peers.ts: succeeds if that user can start programs of this repository. Plain JavaScript, for it
// must not depend on what it is to find out.
import { accessSync, constants } from 'node:fs'

for (const path of ['../../package.json', '../../node_modules/tsx/package.json', '../../examples']) {
  accessSync(new URL(path, import.meta.url), constants.R_OK)
}
