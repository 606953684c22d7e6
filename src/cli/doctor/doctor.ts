/**
 * `cmsg doctor`: reports what works on this machine. It tests everything: a version number proves nothing, since kernels are
 * configured and patched.
 * @module
 */
import { createRequire } from 'node:module'
import { release } from 'node:os'
import type { Command } from 'commander'
import { families, type Family } from '../../control/define.ts'
import { attempt } from '../../errors.ts'
import { runtimeName } from '../../native/runtime.ts'
import { columns, columnsWrapped, print, printJson, styleFor, width, type Style } from '../style.ts'
import { examples, status } from '../usage.ts'
import { refusedByKernel, tryKinds, type KindFinding } from './control-messages.ts'
import { canWait, tryEssentials } from './essentials.ts'
import { absent, notLoaded } from './families.ts'
import type { Finding, Outcome } from './finding.ts'
import { measureLimits } from './limits.ts'
import { tryPrivileges } from './privileges.ts'

export function define(command: Command): void {
  command
    .description('Test on real sockets what this kernel, C library and runtime support. '
      + 'Report what is missing, the consequences, and what to do.')
    .option('--load-modules', 'also test families of sockets that the kernel has not loaded: it may load their modules')
    .option('--json', 'print JSON')
    .addHelpText('after', `${examples([
      ['cmsg doctor', 'Show what works on this machine'],
      [
        "cmsg doctor --json | jq '.kinds[] | select(.outcome == \"missing\").name'",
        'List the control messages that this kernel does not support',
      ],
    ])}\n\nThe exit status is 1 if something that everything else needs does not work.`)
    .action(async ({ json = false, loadModules = false }: { readonly json?: boolean; readonly loadModules?: boolean }) => {
      const system = describeSystem()
      const essentials = await tryEssentials()
      const broken = essentials.some(({ outcome }) => outcome === 'failed')
      // Without libc, nothing can be tested.
      const able = essentials[0]!.outcome === 'works'
      const kinds = able ? await tryKinds(loadModules, canWait(essentials)) : []
      const privileges = able ? tryPrivileges() : []
      const limits = able ? await measureLimits() : []
      if (json) printJson({ system, essentials, kinds, privileges, limits })
      else print(report(system, essentials, kinds, privileges, limits))
      if (broken) process.exitCode = status.failed
    })
}

function describeSystem(): Record<string, string> {
  const { platform, arch } = process
  return {
    kernel: `${platform} ${release()} ${arch}`,
    libc: describeLibc(),
    runtime: runtimeName(),
    'ffi-rs': attempt(() => (createRequire(import.meta.url)('ffi-rs/package.json') as { version: string }).version) ?? 'not installed',
  }
}

function describeLibc(): string {
  // The report of Deno needs --allow-sys, and names another version than that of the system.
  if ('Deno' in globalThis) return 'not known'
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime === undefined ? 'musl' : `glibc ${header.glibcVersionRuntime}`
}

// ── The report ──────────────────────────────────────────────────────────────────────────────────────────────────────

function report(
  system: Record<string, string>, essentials: readonly Finding[], kinds: readonly KindFinding[], privileges: readonly Finding[],
  limits: readonly Finding[],
): string {
  const style = styleFor()
  const { bold, dim } = style
  const marks = markers(style)
  const section = (title: string, findings: readonly Finding[]): string[] => (findings.length === 0 ? [] : [
    '', bold(title),
    ...columnsWrapped(findings.map(({ name, outcome, detail }) => [`  ${marks[outcome]}`, name, detail])).flatMap((line, i) => {
      const { advice } = findings[i]!
      return advice === undefined || advice === '' ? [line] : [line, ...wrapped('      ', advice.split(' '), ' ').map(dim)]
    }),
  ])
  return [
    ...columns(Object.entries(system).map(([name, value]) => [dim(name), value])),
    ...section('Essentials', essentials),
    ...kindLines(kinds, style),
    ...section('Privileges of this process', privileges),
    ...section('Limits', limits),
  ].join('\n')
}

const markers = ({ green, yellow, red, dim }: Style): Record<Outcome, string> =>
  ({ works: green('✓'), accepted: yellow('·'), missing: dim('–'), refused: yellow('!'), failed: red('✗') })

/** Lists the kinds by family and outcome. */
function kindLines(kinds: readonly KindFinding[], style: Style): string[] {
  const marks = markers(style)
  const headings: Record<Exclude<Outcome, 'accepted'>, string> = {
    works: 'received', missing: 'not supported on these sockets', refused: 'not permitted', failed: 'failed',
  }
  const outcomes = Object.keys(marks) as Outcome[]
  const headingOf = ({ outcome, detail }: KindFinding): string => (outcome === 'accepted' ? detail : headings[outcome])
  const lines = kinds.length === 0 ? [] : ['', style.bold('Control messages to receive')]
  const without: Record<string, Family[]> = { [absent]: [], [notLoaded]: [] }
  for (const family of families) {
    const own = kinds.filter((kind) => kind.family === family)
    if (own.length === 0) continue
    const reason = own[0]!.detail
    if (reason in without && own.every(({ detail }) => detail === reason)) {
      without[reason]!.push(family)
      continue
    }
    lines.push(`  ${family}`)
    for (const outcome of outcomes) {
      const these = own.filter((kind) => kind.outcome === outcome)
      for (const heading of new Set(these.map(headingOf))) {
        const names = these.filter((kind) => headingOf(kind) === heading).map(({ name, since, detail }) =>
          (detail === refusedByKernel && since !== undefined ? `${name} (since Linux ${since})` : name))
        lines.push(...wrapped(`    ${marks[outcome]} ${heading}: `, names))
      }
    }
  }
  const because: Record<string, string> = { [absent]: 'no sockets of', [notLoaded]: 'not loaded, --load-modules tests them' }
  for (const [reason, names] of Object.entries(without)) {
    if (names.length > 0) lines.push(...wrapped(`  ${marks.missing} ${because[reason]}: `, names))
  }
  return lines
}

/** Breaks a list into lines between its words. */
function wrapped(start: string, words: readonly string[], between = ', '): string[] {
  const room = Math.min(process.stdout.columns ?? 110, 110)
  const lines = [start]
  for (const [i, word] of words.entries()) {
    const text = word + (i < words.length - 1 ? between : '')
    if (width(lines.at(-1)! + text.trimEnd()) > room && lines.at(-1)!.trim() !== '') lines.push('        ')
    lines.push(lines.pop()! + text)
  }
  return lines.map((line) => line.trimEnd())
}
