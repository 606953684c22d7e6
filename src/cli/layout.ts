/**
 * `cmsg layout`: draws the memory layout of a struct, byte by byte, and the results of the CMSG macros.
 * @module
 */
import { Argument, type Command } from 'commander'
import { abis, hostAbi, type Abi } from '../abi/abi.ts'
import type { AnyStruct } from '../abi/types.ts'
import { structs } from '../abi/structs.ts'
import { differingFields, layoutsOf, spans, type Layout, type Span } from '../reference/layout.ts'
import { didYouMean } from '../reference/text.ts'
import { macros } from './macros.ts'
import { columns, columnsWithin, count, print, printable, printJson, styleFor, width } from './style.ts'
import { examples, offering, repeated, target, targetOption, usage } from './usage.ts'

interface Options { readonly target?: readonly Abi[]; readonly all?: boolean; readonly macros?: boolean; readonly json?: boolean }

export function define(command: Command): void {
  command
    .description('Show the memory layout of a struct byte by byte: its fields, holes and size. Without a name, list the structs.')
    .addArgument(offering(new Argument('[struct]', 'its C name, such as msghdr'), Object.keys(structs)))
    .addOption(targetOption('show this target; repeat to compare targets').argParser(repeated(target)))
    .option('-a, --all', 'show every target')
    .option('-m, --macros', 'show CMSG_ALIGN, CMSG_LEN and CMSG_SPACE, with worked examples')
    .option('--json', 'print JSON')
    .addHelpText('after', `${examples([
      ['cmsg layout', 'List all structs'],
      ['cmsg layout msghdr', 'Show a struct on this machine'],
      ['cmsg layout msghdr -t x86_64-linux-gnu -t arm-linux-gnueabihf', 'Compare two machines side by side'],
      ['cmsg layout cmsghdr --all', 'Compare all targets'],
      ['cmsg layout --macros -t arm', 'Show how much space a control message takes'],
    ])}\n\nTargets: ${Object.keys(abis).join(', ')}`)
    .action((name: string | undefined, options: Options) => {
      const targets = options.all ? Object.values(abis) : options.target ?? [hostAbi()]
      if (options.macros) {
        if (name !== undefined) throw usage('--macros applies to all control messages, and takes no struct')
        return macros(options.all || options.target ? targets : [hostAbi(), abis['arm-linux-gnueabihf']], options.json === true)
      }
      if (name === undefined) return list(targets, options.json === true)
      show(find(name), targets, options.json === true)
    })
}

function find(text: string): AnyStruct {
  const name = text.replace(/^struct\s+/, '')
  if (Object.hasOwn(structs, name)) return structs[name as keyof typeof structs]
  throw usage(`there is no struct ${printable(name)} here.${didYouMean(name, Object.keys(structs)) || ' `cmsg layout` lists them'}`)
}

// ── One struct ──────────────────────────────────────────────────────────────────────────────────────────────────────

function show(struct: AnyStruct, targets: readonly Abi[], json: boolean): void {
  const found = layoutsOf(struct, targets)
  if (json) {
    return printJson({
      struct: struct.name,
      layouts: found.map(({ targets, struct, declared }) => ({
        targets: targets.map(({ target }) => target), littleEndian: targets[0]!.littleEndian, size: struct.size, align: struct.align,
        fields: spans(struct).flatMap(({ name, offset, size, type }) => (name === undefined ? [] : [{ name, offset, size, type }])),
        holes: spans(struct).flatMap(({ name, offset, size }) => (name === undefined ? [{ offset, size }] : [])),
        ...(Object.keys(declared).length === 0 ? {} : {
          declared: Object.fromEntries(Object.entries(declared).map(([name, [offset, size]]) => [name, { offset, size }])),
        }),
      })),
    })
  }
  const differing = differingFields(found)
  const maps = found.map((layout) => map(layout, differing))
  print(maps.length === 1 ? maps[0]!.join('\n') : sideBySide(maps))
  print('')
  print(fieldTable(struct.name, found, differing))
}

/** Columns per byte in the map. */
const cell = 4
const rowBytes = 8
/** If a field takes more whole rows than this, the rows in the middle are omitted. */
const mostRows = 3

/** Draws a struct: a box per row of 8 bytes, a cell per byte. */
function map({ targets, struct, declared }: Layout, differing: ReadonlySet<string>): string[] {
  const { bold, dim, yellow } = styleFor()
  const rows = Math.ceil(struct.size / rowBytes)
  const all = spans(struct)
  const at = (byte: number): Span | undefined => all.find(({ offset, size }) => byte >= offset && byte < offset + size)
  const gutter = Math.max(4, String(struct.size).length + 1)
  const lines = [
    `${bold(`struct ${struct.name}`)}: ${count(struct.size, 'byte')}, aligned to ${struct.align}`,
    ...targets.map(({ target, littleEndian, wordSize }, i) =>
      (i === 0 ? `${target}${dim(` ${wordSize * 8}-bit, ${littleEndian ? 'little' : 'big'}-endian`)}` : target)),
    dim(' '.repeat(gutter) + Array.from({ length: rowBytes }, (_, i) => String(i).padStart(3)).join(' ')),
  ]
  // Finds the lines that meet at each corner: left, right, above and below.
  const used = (row: number): number => (row < 0 || row >= rows ? 0 : Math.min(rowBytes, struct.size - row * rowBytes))
  const wall = (row: number, column: number): boolean => {
    if (row < 0 || row >= rows || column > used(row)) return false
    return column === 0 || column === used(row) || at(row * rowBytes + column - 1) !== at(row * rowBytes + column)
  }
  const floor = (row: number, column: number): boolean => {
    const [above, below] = [column < used(row - 1), column < used(row)]
    return above !== below || (above && below && at((row - 1) * rowBytes + column) !== at(row * rowBytes + column))
  }
  const corners = ' ╵╷│╴┘┐┤╶└┌├─┴┬┼' // by what meets there: 1 above, 2 below, 4 left, 8 right
  const border = (row: number): string => ' '.repeat(gutter) + Array.from({ length: rowBytes + 1 }, (_, column) => {
    const [left, right] = [column > 0 && floor(row, column - 1), column < rowBytes && floor(row, column)]
    const meets = Number(wall(row - 1, column)) + 2 * Number(wall(row, column)) + 4 * Number(left) + 8 * Number(right)
    return corners[meets]! + (column === rowBytes ? '' : (right ? '─' : ' ').repeat(cell - 1))
  }).join('')
  const hidden = new Set<number>()
  for (const { offset, size } of all) {
    const [first, last] = [Math.ceil(offset / rowBytes), Math.floor((offset + size) / rowBytes) - 1]
    if (last - first + 1 > mostRows) for (let row = first + 1; row < last; row++) hidden.add(row)
  }
  const named = new Set<Span>()
  const prefix = commonPrefix(Object.keys(struct.fields))
  for (let row = 0; row < rows; row++) {
    if (hidden.has(row)) {
      if (!hidden.has(row - 1)) {
        let end = row
        while (hidden.has(end)) end++
        lines.push(' '.repeat(gutter) + '┆' + dim(`${count(end - row, 'row')} like this`.padStart(22).padEnd(rowBytes * cell - 1)) + '┆')
      }
      continue
    }
    lines.push(border(row))
    let line = dim(`${row * rowBytes}`.padStart(gutter - 1)) + ' '
    for (let column = 0; column < used(row);) {
      const span = at(row * rowBytes + column)!
      let end = column + 1
      while (end < used(row) && at(row * rowBytes + end) === span) end++
      const room = (end - column) * cell - 1
      line += '│' + label(span, room, !named.has(span))
      named.add(span)
      column = end
    }
    lines.push(`${line}│`)
  }
  lines.push(border(rows).trimEnd())
  if (struct.flexible) lines.push(`${' '.repeat(gutter)}${all.at(-1)!.name}[]: the rest of the payload`)
  for (const [name, [offset, size]] of Object.entries(declared)) {
    lines.push(dim(`${' '.repeat(gutter)}its header: ${name} at ${offset}, ${count(size, 'byte')} + padding`))
  }
  return lines

  function label({ name, size }: Span, room: number, first: boolean): string {
    const mark = name !== undefined && differing.has(name) ? ' ≠' : ''
    // If `ee_origin` does not fit, `origin` may; the table below has the full name.
    const short = name !== undefined && name.length + mark.length > room - 1 ? name.slice(prefix.length) : name
    const text = short === undefined ? (first ? `···${room >= 11 ? ` hole, ${size}` : ''}` : '···') : first ? short + mark : '"'
    const cut = text.length > room - 1 ? (room < cell ? text.slice(0, room) : `${text.slice(0, room - 2 - mark.length)}…${mark}`) : text
    const padded = (room > cut.length ? ' ' : '') + cut
    const filled = padded + ' '.repeat(Math.max(0, room - padded.length))
    return name === undefined || !first ? dim(filled) : differing.has(name) ? yellow(filled) : filled
  }
}

/** Returns the prefix that C gives the names of all fields: `msg_`. */
function commonPrefix(names: readonly string[]): string {
  const prefix = /^[a-z0-9]+_/.exec(names[0] ?? '')?.[0] ?? ''
  return names.length > 1 && names.every((name) => name.startsWith(prefix)) ? prefix : ''
}

/** Places maps side by side, as many as fit. */
function sideBySide(maps: readonly (readonly string[])[]): string {
  const room = process.stdout.columns ?? 120
  const each = Math.max(...maps.flat().map(width)) + 3
  const fit = Math.max(1, Math.floor((room + 3) / each))
  const blocks: string[] = []
  for (let i = 0; i < maps.length; i += fit) {
    const group = maps.slice(i, i + fit)
    // All drawings begin at the same height, below the longest list of target names.
    const heads = group.map((lines) => lines.findIndex((line) => /[┌]/.test(line)) - 1)
    const head = Math.max(...heads)
    const even = group.map((lines, j) => [
      ...lines.slice(0, heads[j]), ...Array<string>(head - heads[j]!).fill(''), ...lines.slice(heads[j]),
    ])
    const height = Math.max(...even.map((lines) => lines.length))
    blocks.push(Array.from({ length: height }, (_, row) =>
      even.map((lines) => { const line = lines[row] ?? ''; return line + ' '.repeat(each - width(line)) }).join('').trimEnd()).join('\n'))
  }
  return blocks.join('\n\n')
}

/** Returns the column heading of targets that agree. */
const heading = (targets: readonly Abi[]): string => targets[0]!.target + (targets.length > 1 ? ` +${targets.length - 1}` : '')

function fieldTable(name: string, found: readonly Layout[], differing: ReadonlySet<string>): string {
  const { bold, dim, yellow } = styleFor()
  const [first] = found as readonly [Layout, ...Layout[]]
  if (found.length === 1) {
    const rows = spans(first.struct).map(({ name, offset, size, type }) =>
      [String(offset).padStart(6), String(size).padStart(4), ...(name === undefined ? [dim('(hole)'), ''] : [name, dim(type)])])
    return columns([[bold('offset'), bold('size'), bold('field'), bold('type')], ...rows]).join('\n')
  }
  const mark = (differs: boolean, text: string): string => (differs ? yellow(text) : text)
  const rows = Object.keys(first.struct.fields).map((field) => [
    mark(differing.has(field), differing.has(field) ? '≠' : ' '), field,
    ...found.map(({ struct }) => {
      const { offset, size } = struct.fields[field]!
      return mark(differing.has(field), `${String(offset).padStart(4)} ${String(size).padStart(4)}`)
    }),
  ])
  const sizes = new Set(found.map(({ struct }) => struct.size)).size > 1
  const total = [
    mark(sizes, sizes ? '≠' : ' '), `sizeof(struct ${name})`,
    ...found.map(({ struct }) => mark(sizes, `${String(struct.size).padStart(9)}`)),
  ]
  const note = sizes || differing.size > 0
    ? '≠ differs between these targets; offset and size are in bytes'
    : 'the same offsets and sizes on all of these; the byte order differs'
  return `${columnsWithin([['', bold('field'), ...found.map(({ targets }) => bold(heading(targets)))], ...rows, total], 2)}\n${dim(note)}`
}

// ── All of them ─────────────────────────────────────────────────────────────────────────────────────────────────────

function list(targets: readonly Abi[], json: boolean): void {
  const all = Object.values(structs) as AnyStruct[]
  if (json) {
    return printJson(all.map((struct) => ({
      struct: struct.name, fields: Object.keys(struct.fields),
      sizes: Object.fromEntries(targets.map((abi) => [abi.target, struct.for(abi).size])),
    })))
  }
  const { bold, dim, yellow } = styleFor()
  if (targets.length === 1) {
    const rows = all.map((struct) => [
      `struct ${struct.name}`, String(struct.for(targets[0]!).size).padStart(5), dim(Object.keys(struct.fields).join(', ')),
    ])
    return print(columns([['struct', 'bytes', 'fields'].map(bold), ...rows]).join('\n'))
  }
  // Targets that agree on all sizes share a column.
  const groups = new Map<string, Abi[]>()
  for (const abi of targets) {
    const sizes = all.map((struct) => struct.for(abi).size).join()
    groups.set(sizes, [...groups.get(sizes) ?? [], abi])
  }
  const rows = all.map((struct) => {
    const sizes = [...groups.values()].map(([abi]) => struct.for(abi!).size)
    const differs = new Set(sizes).size > 1
    return [
      differs ? yellow('≠') : '', `struct ${struct.name}`, ...sizes.map((size) => (differs ? yellow : String)(String(size).padStart(5))),
    ]
  })
  print([
    columnsWithin([['', bold('struct'), ...[...groups.values()].map((group) => bold(heading(group)))], ...rows], 2),
    ...[...groups.values()].filter(({ length }) => length > 1)
      .map((group) => dim(`${heading(group)}: ${group.map(({ target }) => target).join(', ')}`)),
    dim('≠ differs between these targets; sizes are in bytes'),
  ].join('\n'))
}
