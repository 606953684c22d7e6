/**
 * The layers of the sources.
 * @module
 */

/** From the ground up: a file imports from its own layer or from one further up in this list. */
export const layers: readonly RegExp[] = [
  /^generated\//,
  /^src\/(stack|misuse|errno-name|system-error|errors|dispose)\.ts$/,
  /^src\/abi\//,
  /^src\/(control|address)\//,
  /^src\/(abort|arguments|inspect|limits)\.ts$/,
  /^src\/native\//,
  /^src\/descriptors\//,
  /^src\/message\//,
  /^src\/libc\//,
  /^src\/readiness\//,
  /^src\/identity\//,
  /^src\/socket\//,
  /^src\/dgram\//,
  /^src\/usocket\//,
  /^src\/systemd\//,
  /^src\/(index|codec|dgram|libc|systemd|usocket)\.ts$/,
  /^src\/reference\//,
  /^src\/cli\//,
]

/** The number of a file's layer; -1 for none. */
export const layerOf = (path: string): number => layers.findIndex((layer) => layer.test(path))
