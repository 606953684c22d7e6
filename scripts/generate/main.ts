/**
 * Asks the C compilers of nine targets about the rows of symbols.ts, then writes generated/, docs/layouts.md and
 * docs/control-messages.md or checks what is committed. Nothing it compiles is run.
 * @module
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { compareTables, compareText, countNumbers, importTables } from './compare.ts'
import { doubles, measure, type Facts } from './measure.ts'
import { merge } from './merge.ts'
import { printDocs } from './print-docs.ts'
import { printTables } from './print.ts'
import { describeProblems } from './rows.ts'
import { groups } from './symbols.ts'
import { findCompiler, root, targets, type Compiler, type Target } from './targets.ts'

const usage = `npm run generate                 ask the compilers of all targets, write generated/ and docs/layouts.md
npm run generate -- --check      compare what they say with what is committed; every difference is listed
  --target NAME                  ask for this target only; may be repeated
  --clang                        ask clang instead of gcc
  --kernel DIRECTORY             use the headers of an unpacked linux-libc-dev (scripts/toolchain.sh --newest-kernel)`

/** The content of SOURCES.json. Versions may differ between machines, the hash may not. */
interface Sources {
  readonly command: string
  readonly symbols: string
  readonly targets: Readonly<Record<string, Facts['sources']>>
}

const options = {
  check: { type: 'boolean' },
  target: { type: 'string', multiple: true },
  clang: { type: 'boolean' },
  kernel: { type: 'string' },
  help: { type: 'boolean' },
} as const
const { values: flags } = readArguments()
if (flags.help) {
  console.log(usage)
  process.exit()
}
// The committed files come from gcc and the headers of one toolchain; anything else is a second opinion.
if (!flags.check && (flags.target || flags.clang || flags.kernel)) {
  fail(['--target, --clang and --kernel go with --check.', usage])
}

const chosen = flags.target?.map(targetNamed) ?? targets
const twice = doubles(groups)
if (twice.length > 0) fail([`In scripts/generate/symbols.ts twice: ${twice.join(', ')}. Keep one row of each.`])
const compilers = await findCompilers(chosen)
const facts: Facts[] = []
for (const compiler of compilers) facts.push(await measure(compiler, groups))
const { tables, problems } = merge(groups, facts, chosen.length < targets.length)
const wrong = describeProblems([...facts.flatMap((one) => one.problems), ...problems], chosen.length)
if (wrong.length > 0) fail([...wrong, '', 'The compilers disagree with rows of scripts/generate/symbols.ts: correct them there.'])

const symbols = createHash('sha256').update(await readFile(`${root}scripts/generate/symbols.ts`)).digest('hex')
const sources: Sources = {
  command: 'npm run generate',
  symbols,
  targets: Object.fromEntries(facts.map(({ target, sources }) => [target.name, sources])),
}
const catalogue = 'docs/control-messages.md'
const files = { ...printTables(groups, tables), 'docs/layouts.md': printDocs(tables) }
if (flags.check) await check()
else await write()

/** Writes all files, or leaves all as they were. */
async function write(): Promise<void> {
  const all = { ...files, 'generated/SOURCES.json': `${JSON.stringify(sources, undefined, 2)}\n` }
  const before = new Map(await Promise.all(Object.keys(all).map(async (name) => [name, await contents(root + name)] as const)))
  for (const [name, text] of Object.entries(all)) await writeFile(root + name, text)
  try {
    // From the definitions, which import the files that were just written.
    await writeFile(root + catalogue, await catalogueText())
  } catch (error) {
    for (const [name, text] of before) await (text === undefined ? rm(root + name) : writeFile(root + name, text))
    fail([`Nothing was written, because the definitions in src/control/kinds do not fit the new tables: ${(error as Error).message}`])
  }
  console.log(`Wrote ${Object.keys(all).join(', ')}, ${catalogue}.`)
}

async function contents(path: string): Promise<string | undefined> {
  return existsSync(path) ? readFile(path, 'utf8') : undefined
}

/** The library's own list, loaded only now. */
async function catalogueText(): Promise<string> {
  return (await import('./print-catalogue.ts')).printCatalogue()
}

async function check(): Promise<void> {
  const complete = chosen.length === targets.length
  const unwritten = [...Object.keys(files), 'generated/SOURCES.json', catalogue].filter((name) => !existsSync(root + name))
  if (unwritten.length > 0) fail([`Not there: ${unwritten.join(', ')}. Write them with npm run generate.`])

  const committed = await importTables(`${root}generated`)
  const names = chosen.map(({ name }) => name)
  const differences = describeProblems(compareTables(committed, tables, names, !complete), chosen.length)
  // The text contains all targets.
  for (const [name, text] of complete ? Object.entries(files) : []) {
    differences.push(...compareText(name, await readFile(root + name, 'utf8'), text))
  }
  if (complete) differences.push(...compareText(catalogue, await readFile(root + catalogue, 'utf8'), await catalogueText()))
  const recorded = JSON.parse(await readFile(`${root}generated/SOURCES.json`, 'utf8')) as Sources
  if (recorded.symbols !== symbols) {
    differences.push(`scripts/generate/symbols.ts: committed tables are of ${recorded.symbols}, the file is ${symbols} (sha256)`)
  }
  for (const [name, now] of Object.entries(sources.targets)) {
    const then = recorded.targets[name]
    for (const key of Object.keys(now) as (keyof typeof now)[]) {
      if (then?.[key] !== now[key]) console.log(`${name}: ${key} was ${then?.[key]}, is ${now[key]} (no failure)`)
    }
  }
  if (differences.length > 0) {
    fail([...differences, '', 'If the list was meant to change, run npm run generate and commit what it writes.'])
  }
  const count = names.reduce((sum, name) => sum + countNumbers(tables, name), 0)
  console.log(`generated/ is up to date: ${count} numbers, targets ${names.join(', ')}.`)
}

async function findCompilers(wanted: readonly Target[]): Promise<Compiler[]> {
  const found = await Promise.all(wanted.map((target) => {
    return findCompiler(target, { clang: flags.clang, kernelHeaders: flags.kernel })
  }))
  const compilers = found.filter((one) => typeof one !== 'string')
  if (compilers.length === wanted.length) return compilers
  const missing = wanted.map(({ name }, index) => `${name}: ${found[index]}`)
    .filter((_, index) => typeof found[index] === 'string')
  const usable = compilers.map(({ target }) => ` --target ${target.name}`).join('')
  const advice = `What is here can be checked against the committed tables:\n  npm run generate -- --check${usable}`
  return fail([...missing, '', 'scripts/toolchain.sh installs all of it on Debian 12.', ...usable ? [advice] : []])
}

function targetNamed(name: string): Target {
  const target = targets.find((one) => one.name === name)
  return target ?? fail([`--target ${name}: choose from ${targets.map((one) => one.name).join(', ')}`])
}

function readArguments(): ReturnType<typeof parseArgs<{ options: typeof options }>> {
  try {
    return parseArgs({ options })
  } catch (error) {
    return fail([(error as Error).message, usage])
  }
}

function fail(lines: readonly string[]): never {
  console.error(lines.join('\n'))
  process.exit(1)
}
