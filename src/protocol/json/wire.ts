import type { Endpoint } from '../ids.js'
import { MAX_WIRES } from '../limits.js'

/** What a peer's port speaks besides guesses: this protocol, the BitTorrent wire, either of them inside TLS. */
const WIRES = ['json', 'bittorrent', 'tls'] as const
export type Wire = (typeof WIRES)[number]

/** Where a peer listens, and what it speaks there where that is known. */
export type PeerAddress = Endpoint & { readonly wires?: readonly Wire[] }

/** Reads WIRES: known names, each once, in order of WIRES; names of the future are passed over. */
export const parseWires = (value: unknown): readonly Wire[] | undefined =>
  Array.isArray(value) && value.length <= MAX_WIRES ? WIRES.filter((wire) => value.includes(wire)) : undefined

/** WIRES as it travels: left out by and for a peer that declared none. */
export const encodeWires = (wires: readonly Wire[] | undefined): readonly Wire[] | undefined =>
  wires === undefined || wires.length === 0 ? undefined : wires
