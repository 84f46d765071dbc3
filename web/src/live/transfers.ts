import { batch, signal, type Signal } from '@preact/signals'
import type { Totals, TorrentsEvent, TransferDocument } from '../../../src/api/contract.js'

/**
 * Every transfer as it is now. Invariant: `keys` are those of `byKey`, in the order in which they were added. Each
 * transfer is a signal of its own, so that a change draws one row anew and not the list.
 */
const byKey = new Map<string, Signal<TransferDocument>>()

export const keys = signal<readonly string[]>([])

/** Counts up with changes, at most once a TICK: what looks at all transfers follows this and not each. */
export const tick = signal(0)

/** Milliseconds: to sort ten thousand takes some, and nobody reads a list that moves four times a second. */
const TICK = 1_000

export const totals = signal<Totals | undefined>(undefined)

/** Whether the list was read whole. */
export const isLoaded = signal(false)

let isTicking = false
const tickSoon = (): void => {
  if (isTicking) return
  isTicking = true
  setTimeout(() => {
    isTicking = false
    tick.value++
  }, TICK)
}

/** Who draws it is drawn anew when it comes or goes, too. */
export const transferOf = (key: string): Signal<TransferDocument> | undefined => {
  void keys.value
  return byKey.get(key)
}

/** The transfer that an address names: by its key, its info-hash or its number. */
export const findTransfer = (id: string): TransferDocument | undefined => {
  void keys.value
  const direct = byKey.get(id)
  if (direct) return direct.value
  for (const found of byKey.values()) {
    const { infoHash, infoHashV1, id: ownId } = found.peek()
    if (infoHash === id || infoHashV1 === id || ownId === id) return found.value
  }
  return undefined
}

const put = (transfer: TransferDocument): void => {
  const known = byKey.get(transfer.key)
  if (known) known.value = transfer
  else byKey.set(transfer.key, signal(transfer))
}

const publish = (): void => {
  keys.value = [...byKey.keys()]
  tick.value++
}

/** Takes what changed; values are absolute. */
export const applyChange = ({ added, changed, removed }: TorrentsEvent): void => {
  const size = byKey.size
  batch(() => {
    for (const transfer of added) put(transfer)
    for (const change of changed) {
      const known = byKey.get(change.key)
      // What a change leaves out is not so any more.
      if (known) known.value = { ...known.peek(), error: undefined, eta: undefined, ...change }
    }
    for (const key of removed) byKey.delete(key)
    if (byKey.size !== size || removed.length > 0) publish()
    else tickSoon()
  })
}

/** Takes a list that was read whole. */
export const replaceAll = (transfers: readonly TransferDocument[]): void =>
  batch(() => {
    const present = new Set(transfers.map(({ key }) => key))
    for (const key of [...byKey.keys()]) if (!present.has(key)) byKey.delete(key)
    for (const transfer of transfers) put(transfer)
    isLoaded.value = true
    publish()
  })
