/**
 * Colors for C, TypeScript and Python: comments, strings, numbers, keywords, and the names of constants and functions.
 * @module
 */
import { h, type Child } from './dom.ts'

export type Language = 'c' | 'typescript' | 'python'

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const keywords: Readonly<Record<Language, ReadonlySet<string>>> = {
  c: words('break case char const continue default do double else enum extern float for goto if int long '
    + 'return short signed sizeof static struct switch typedef union unsigned void while'),
  typescript: words('as async await break case catch class const continue else export extends false finally for from function if '
    + 'import in instanceof interface let new null of return this throw true try type typeof undefined using void while'),
  python: words('and as def elif else False for from if import in is None not or return True while with'),
}

const strings = String.raw`b?"(?:[^"\\\n]|\\.)*"|b?'(?:[^'\\\n]|\\.)*'|` + '`[^`]*`'
const rest = String.raw`(?<number>\b(?:0x[\da-f]+|\d[\d_]*(?:\.\d+)?)(?:n|u?l{0,2})\b)|(?<word>[A-Za-z_]\w*)`
const patterns: Readonly<Record<Language, RegExp>> = {
  c: new RegExp(String.raw`(?<comment>/\*[^]*?\*/|//.*)|(?<directive>^#\s*\w+)|(?<string>${strings}|<[\w/]+\.h>)|${rest}`, 'gim'),
  typescript: new RegExp(String.raw`(?<comment>/\*[^]*?\*/|//.*)|(?<string>${strings})|${rest}`, 'gim'),
  python: new RegExp(String.raw`(?<comment>#.*)|(?<string>${strings})|${rest}`, 'gim'),
}

/** Returns code as text and colored elements. Together they have exactly the text of `code`. */
export function highlight(code: string, language: Language | undefined): Child[] {
  if (language === undefined) return [code]
  const parts: Child[] = []
  let at = 0
  for (const match of code.matchAll(patterns[language])) {
    const [text] = match
    const end = match.index + text.length
    const token = tokenOf(match.groups!, code.slice(end, end + 1), language)
    if (token === undefined) continue
    parts.push(code.slice(at, match.index), h('span', { class: `token-${token}` }, text))
    at = end
  }
  return [...parts, code.slice(at)]
}

function tokenOf({ comment, directive, string, number, word }: Readonly<Record<string, string | undefined>>, next: string,
  language: Language): string | undefined {
  if (comment !== undefined) return 'comment'
  if (directive !== undefined) return 'keyword'
  if (string !== undefined) return 'string'
  if (number !== undefined) return 'number'
  if (word === undefined) return undefined
  if (keywords[language].has(word)) return 'keyword'
  if (/^[A-Z][A-Z0-9_]{2,}$/.test(word)) return 'constant'
  return next === '(' ? 'call' : undefined
}
