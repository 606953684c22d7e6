/**
 * An initramfs: a cpio archive in the format "newc", which the kernel unpacks when it boots.
 * @see https://docs.kernel.org/driver-api/early-userspace/buffer-format.html
 * @module
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const DIRECTORY = 0o040755
const FILE = 0o100000

/** Padding to a multiple of four bytes. */
const padding = (length: number): Buffer => Buffer.alloc(-length & 3)

export class Archive {
  readonly #parts: Buffer[] = []
  readonly #paths = new Set<string>(['/'])

  /** A file of the archive: the bytes of `data`. Its folders come along. */
  add(path: string, data: string | Buffer, mode = 0o644, seconds = 0): void {
    if (this.#paths.has(path)) return
    this.folder(dirname(path))
    this.#entry(path, FILE | mode, Buffer.from(data), seconds)
  }

  /** A file of this machine, at the same path or at another. Python trusts its compiled files by their time: it is kept. */
  copy(file: string, path = file): void {
    const { mode, mtimeMs } = statSync(file)
    this.add(path, readFileSync(file), mode & 0o777, Math.floor(mtimeMs / 1000))
  }

  folder(path: string): void {
    if (this.#paths.has(path)) return
    this.folder(dirname(path))
    this.#entry(path, DIRECTORY, Buffer.alloc(0), 0)
  }

  bytes(): Buffer {
    return Buffer.concat([...this.#parts, entry('TRAILER!!!', 0, Buffer.alloc(0), 0, 0)])
  }

  #entry(path: string, mode: number, data: Buffer, seconds: number): void {
    this.#paths.add(path)
    this.#parts.push(entry(path.slice(1), mode, data, seconds, this.#paths.size))
  }
}

function entry(name: string, mode: number, data: Buffer, seconds: number, inode: number): Buffer {
  const nameBytes = Buffer.from(`${name}\0`)
  // inode, mode, uid, gid, links, time, size, device (2 numbers), device of a special file (2), length of the name, checksum
  const numbers = [inode, mode, 0, 0, 1, seconds, data.length, 0, 0, 0, 0, nameBytes.length, 0]
  const header = Buffer.from(`070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`)
  return Buffer.concat([header, nameBytes, padding(header.length + nameBytes.length), data, padding(data.length)])
}
