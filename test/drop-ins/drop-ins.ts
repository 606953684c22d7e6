/**
 * Programs that use the drop-ins without knowing it: install.sh has them installed from npm, with the overrides.
 * @module
 */
import { InstalledProject, type Node } from '../support/installed.ts'

const installed = new InstalledProject('drop-ins', ['unix-dgram'])

/** The project with the overrides. */
export const project: string = installed.path

/** As withPeer does it, for each version of Node. */
export const onEveryNode = (title: string, body: (node: Node) => void): void => {
  installed.onEveryNode((name) => `${title}, ${name}`, body)
}
