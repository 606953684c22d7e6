/**
 * The addresses of the views. All links between views are made here.
 * @module
 */
import { toHash, type State, type View } from './state.ts'

/** Returns the address of a view; `hash` says what it shows, and begins with `#`. */
export type AddressOf = (view: View, hash: string) => string

const onOnePage: AddressOf = (_, hash) => hash

let addressOf = onOnePage

export function setAddressOf(given: AddressOf = onOnePage): void {
  addressOf = given
}

/** Returns the address of the view that shows a state. */
export const linkTo = (state: State): string => addressOf(state.view, toHash(state))

/** Returns the address of the catalogue with a kind open. */
export const linkToKind = (kind: string): string => addressOf('types', `#types&q=${kind}&open=${kind}`)
