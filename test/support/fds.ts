/**
 * The open descriptors of this process, as the kernel lists them.
 * @module
 */
import { readdirSync, readlinkSync } from 'node:fs'

/**
 * Every open descriptor with what it refers to: `socket:[1234]`, `/memfd:name (deleted)`, `/tmp/file`.
 *
 * The reference tells a descriptor from another that was given the same number later. Sockets and pipes carry their inode;
 * anonymous inodes (`anon_inode:[pidfd]`) are told apart by their number only.
 */
export function openDescriptors(): Map<number, string> {
  const open = new Map<number, string>()
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      open.set(Number(name), readlinkSync(`/proc/self/fd/${name}`))
    } catch {
      // The descriptor readdir itself used is listed too, and is closed by now.
    }
  }
  return open
}

/** What `after` has that `before` had not: one line for each, number and reference. */
export function newDescriptors(before: Map<number, string>, after: Map<number, string> = openDescriptors()): string[] {
  return [...after].filter(([fd, what]) => before.get(fd) !== what).map(([fd, what]) => `${fd} ${what}`)
}
