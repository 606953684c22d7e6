/**
 * Struct rows: the questions of each row, and the check of the answers. For every target, the answers prove the type of each field, its
 * place, and that no field was forgotten. The results are the places of the fields.
 * @module
 */
import { kindOf, kinds, type Answers, type Question } from './probe.ts'
import type { FieldType, Fields, Scalar, StructRef, Verdict } from './rows.ts'

/** Offset and size in bytes. */
export type Place = readonly [offset: number, size: number]

/** One struct on one target. */
export interface StructFacts {
  readonly size: number
  readonly align: number
  /** The fields as the kernel reads them. */
  readonly fields: Readonly<Record<string, Place>>
  /** The fields that this libc declares narrower. */
  readonly declared?: Readonly<Record<string, Place>>
}

/** `data.u64` is a row about the field `data`. */
export function fieldName(member: string): string {
  return member.split('.', 1)[0]!
}

export function structQuestions(name: string, fields: Fields): Question[] {
  const type = `struct ${name}`
  const questions: Question[] = [
    { name: `sizeof ${name}`, value: `sizeof(${type})` },
    { name: `alignof ${name}`, value: `_Alignof(${type})` },
  ]
  for (const [member, fieldType] of Object.entries(fields)) {
    const field = `${name}.${fieldName(member)}`
    const whole = `((${type} *)0)->${fieldName(member)}`
    const shape = `((${type} *)0)->${member}`
    questions.push(
      { name: `offsetof ${field}`, value: `offsetof(${type}, ${fieldName(member)})` },
      { name: `sizeof ${field}`, value: `sizeof(${whole})` },
      // Of the expression, not of its type: 1 in a packed struct.
      { name: `alignof ${field}`, value: `__alignof__(${whole})` },
      { name: `sizeof ${field} as shaped`, value: `sizeof(${shape})` },
      { name: `typeof ${field}`, value: kindOf(shape) },
    )
    const element = Array.isArray(fieldType) ? fieldType[0] as Scalar | StructRef : fieldType as Scalar | StructRef
    const item = Array.isArray(fieldType) ? `*(${shape})` : shape
    if (isBytes(fieldType)) continue
    if (Array.isArray(fieldType)) {
      questions.push(
        { name: `sizeof ${field}[0]`, value: `sizeof(${item})` },
        { name: `typeof ${field}[0]`, value: kindOf(item) },
      )
    }
    if (typeof element === 'object') {
      const same = `__builtin_types_compatible_p(__typeof__(${item}), struct ${element.struct})`
      questions.push({ name: `struct ${element.struct} of ${field}`, value: same })
    }
  }
  return questions
}

export function judgeStruct(name: string, fields: Fields, answers: Answers): Verdict<StructFacts> {
  const { target, values, refused, wordSize } = answers
  const problems: { target: string; symbol: string; message: string }[] = []
  const complain = (symbol: string, message: string): void => { problems.push({ target, symbol, message }) }

  const size = values.get(`sizeof ${name}`)
  const align = values.get(`alignof ${name}`)
  if (size === undefined || align === undefined) {
    complain(name, refused.get(`sizeof ${name}`) ?? 'no size')
    return { problems }
  }

  const places: Record<string, Place> = {}
  const natural: Record<string, number> = {}
  for (const [member, type] of Object.entries(fields)) {
    const field = fieldName(member)
    const symbol = `${name}.${field}`
    const offset = values.get(`offsetof ${symbol}`)
    const bytes = values.get(`sizeof ${symbol}`)
    const asShaped = values.get(`sizeof ${symbol} as shaped`)
    if (offset === undefined || bytes === undefined) {
      complain(symbol, refused.get(`offsetof ${symbol}`) ?? refused.get(`sizeof ${symbol}`) ?? 'no place')
      continue
    }
    const got = contradiction(symbol, type, answers, bytes)
    if (asShaped !== bytes) complain(symbol, `${member} has ${asShaped ?? 'no'} bytes, the field ${bytes}`)
    else if (got) complain(symbol, `expected ${typeText(type)}, the compiler says ${got}`)
    places[field] = [offset, bytes]
    natural[field] = values.get(`alignof ${symbol}`) ?? 1
  }
  // A field without a place leaves a hole, which is reported with the field.
  if (Object.keys(places).length < Object.keys(fields).length) return { problems }

  const kernel = { ...places }
  const declared: Record<string, Place> = {}
  for (const [member, type] of Object.entries(fields)) {
    const field = fieldName(member)
    const place = places[field]!
    if (type !== 'usize' || place[1] >= wordSize) continue
    const word = wordAround(place, wordSize)
    const clash = Object.keys(places).find((other) => other !== field && overlap(places[other]!, word))
    if (place[0] + place[1] > word[0] + wordSize || word[0] + wordSize > size) {
      complain(`${name}.${field}`, `offset ${place[0]}, size ${place[1]} is not part of an aligned word`)
    } else if (clash) {
      complain(`${name}.${field}`, `the rest of its word at ${word[0]} is not padding: ${clash} is there`)
    } else {
      declared[field] = place
      kernel[field] = word
      natural[field] = wordSize
    }
  }
  for (const hole of unexplained(kernel, natural, size, align)) complain(name, hole)
  if (problems.length > 0) return { problems }
  return { facts: { size, align, fields: kernel, ...(Object.keys(declared).length > 0 && { declared }) }, problems }
}

/** Finds bytes that belong neither to a listed field nor to alignment: a field was forgotten. */
function unexplained(places: Readonly<Record<string, Place>>, natural: Readonly<Record<string, number>>, size: number,
  align: number): string[] {
  const holes: string[] = []
  let end = 0
  let last = 'the start'
  for (const [field, [offset, length]] of Object.entries(places)) {
    if (offset < end) return [`${field} at ${offset} overlaps ${last}: the fields are not in their order`]
    if (offset > roundUp(end, natural[field]!)) {
      holes.push(`${offset - end} bytes between ${last} and ${field} are more than alignment needs: a field is missing`)
    }
    end = offset + length
    last = field
  }
  if (size > roundUp(end, align)) {
    holes.push(`${size - end} bytes after ${last} are more than alignment needs: a field is missing`)
  }
  return holes
}

/** Returns the type of a field in C if the row contradicts it. */
function contradiction(symbol: string, type: FieldType, answers: Answers, size: number): string | undefined {
  const { values, wordSize } = answers
  if (isBytes(type)) return size === type[1] ? undefined : `${size} bytes`
  const kind = values.get(`typeof ${symbol}`)
  const described = describe(kind, size)
  if (Array.isArray(type)) {
    const [element, length] = type as readonly [Scalar | StructRef, number]
    const itemKind = values.get(`typeof ${symbol}[0]`)
    const itemSize = values.get(`sizeof ${symbol}[0]`)
    if (kind !== kinds.array || itemSize === undefined) return described
    const text = `[${describe(itemKind, itemSize)}, ${size / itemSize}]`
    return size === itemSize * length && fits(symbol, element, itemKind, itemSize) ? undefined : text
  }
  return fits(symbol, type as Scalar | StructRef, kind, size) ? undefined : described

  function fits(symbol: string, type: Scalar | StructRef, kind: number | undefined, size: number): boolean {
    if (typeof type === 'object') return values.get(`struct ${type.struct} of ${symbol}`) === 1
    switch (type) {
      case 'pointer': return kind === kinds.pointer && size === wordSize
      // C types have no byte order, so only the size can be checked.
      case 'u16be': return size === 2
      case 'u32be': return size === 4
      case 'u64be': return size === 8
      // time_t is wider than a word on 32-bit musl.
      case 'long': return kind === kinds.signed && size >= wordSize
      case 'ulong': return kind === kinds.unsigned && size >= wordSize
      // musl's msg_iovlen is an int. A length is never negative, so its sign does not matter.
      case 'usize': return (kind === kinds.unsigned || kind === kinds.signed) && size <= wordSize
      default: return describe(kind, size) === type
    }
  }
}

function describe(kind: number | undefined, size: number): string {
  switch (kind) {
    case kinds.unsigned: return `u${size * 8}`
    case kinds.signed: return `i${size * 8}`
    case kinds.char: return 'char'
    case kinds.pointer: return 'pointer'
    case kinds.struct: return `a struct of ${size} bytes`
    case kinds.union: return `a union of ${size} bytes`
    case kinds.array: return `an array of ${size} bytes`
    default: return `something of ${size} bytes`
  }
}

function isBytes(type: FieldType): type is readonly ['u8', number] {
  return Array.isArray(type) && type[0] === 'u8'
}

function typeText(type: FieldType): string {
  if (Array.isArray(type)) return `[${typeText(type[0] as Scalar | StructRef)}, ${type[1]}]`
  return typeof type === 'object' ? `struct ${(type as StructRef).struct}` : type
}

function wordAround([offset]: Place, wordSize: number): Place {
  return [offset - offset % wordSize, wordSize]
}

function overlap([a, aSize]: Place, [b, bSize]: Place): boolean {
  return a < b + bSize && b < a + aSize
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple
}
