/**
 * The API that each entry point exports. A name that is gone breaks a program, and one that is there has to be kept: neither
 * happens by accident.
 * @module
 */
import { describe, expect, it } from 'vitest'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { apiReport, type ExportedNames } from '../../scripts/api.ts'
import { ROOT } from '../support/peers.ts'
import { doors, exportedNames, type Door } from './doors.ts'

const expected = JSON.parse(readFileSync(join(ROOT, 'api/exports.json'), 'utf8')) as Record<Door, ExportedNames>

describe('the API', () => {
  it('of the build equals the report in api/: npm run api updates it', async () => {
    for (const [name, text] of await apiReport()) expect(text).toBe(readFileSync(join(ROOT, 'api', name), 'utf8'))
  })

  const found = exportedNames()
  it.each(doors)('of %s.ts has the names that it reports', (door) => {
    expect(found[door]).toEqual(expected[door])
  })
})

describe('the declarations', () => {
  const files = readdirSync(join(ROOT, 'dist')).filter((file) => file.endsWith('.d.ts'))

  it('do not contain any', () => {
    expect(files.length).toBeGreaterThanOrEqual(doors.length)
    const found = files.flatMap((file) => {
      const source = ts.createSourceFile(file, readFileSync(join(ROOT, 'dist', file), 'utf8'), ts.ScriptTarget.Latest, true)
      const lines: string[] = []
      const visit = (node: ts.Node): void => {
        if (node.kind === ts.SyntaxKind.AnyKeyword) lines.push(`${file}: ${node.parent.getText(source)}`)
        ts.forEachChild(node, visit)
      }
      visit(source)
      return lines
    })
    expect(found).toEqual([])
  })

  it('mention no type that a user cannot name', () => {
    // What the declarations of a door use of another package has to be there: ffi-rs is an inner matter.
    for (const file of files) expect(readFileSync(join(ROOT, 'dist', file), 'utf8')).not.toMatch(/from ['"](ffi-rs|commander)['"]/)
  })
})
