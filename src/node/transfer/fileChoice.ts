import { pieceLevels, SKIPPED } from '../../engine/picker/priority.js'
import { Bitfield } from '../../protocol/bitfield.js'
import { ShoalError } from '../../protocol/errors.js'
import type { Content } from '../../protocol/metainfo/content.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import type { Priority } from '../api.js'

/** Which files of a torrent are fetched, and how urgently each. */
export class FileChoice {
  /** The chunks of the files wanted; in v1 alone of all pieces that they are in. The swarm changes it with the levels. */
  readonly wanted: Bitfield
  /** The files wanted, by index. */
  readonly selected: Set<number>
  readonly #content: Content
  readonly #layout: Layout
  #priorities: readonly Priority[]
  #size: number

  /** @throws ShoalError USAGE when nothing is wanted */
  constructor(content: Content, layout: Layout, priorities: readonly Priority[]) {
    this.#content = content
    this.#layout = layout
    this.#priorities = priorities
    this.selected = new Set(content.files.keys())
    this.#size = this.#adopt(priorities)
    this.wanted = chunksAt(layout, this.levels)
  }

  /** By the index of the file. */
  get priorities(): readonly Priority[] {
    return this.#priorities
  }

  /** How much each piece is wanted. */
  get levels(): Uint8Array {
    return pieceLevels(this.#layout, this.#priorities)
  }

  /** Whether some of what is wanted is wanted more or less than usual. */
  get hasUrgency(): boolean {
    return this.#priorities.some((priority) => priority === 'low' || priority === 'high')
  }

  /** Bytes of all that is wanted. */
  get size(): number {
    return this.#size
  }

  /** Other priorities for some files. @throws ShoalError USAGE for a file that is not there, and when nothing would be left */
  change(changes: ReadonlyMap<number, Priority>): void {
    const priorities = [...this.#priorities]
    for (const [file, priority] of changes) {
      if (priorities[file] === undefined)
        throw new ShoalError('USAGE', `"${this.#content.name}" has no file ${file}`)
      priorities[file] = priority
    }
    this.#size = this.#adopt(priorities)
  }

  /** Returns the bytes that are wanted. */
  #adopt(priorities: readonly Priority[]): number {
    if (priorities.every((priority) => priority === 'skip'))
      throw new ShoalError('USAGE', `no file of "${this.#content.name}" would be fetched`)
    this.#priorities = priorities
    for (const [file, priority] of priorities.entries()) {
      if (priority === 'skip') this.selected.delete(file)
      else this.selected.add(file)
    }
    const { levels } = this
    if (!levels.includes(SKIPPED)) return this.#layout.size
    let size = 0
    for (const [piece, level] of levels.entries())
      if (level !== SKIPPED) size += this.#layout.pieceSize(piece)
    return size
  }
}

/** The chunks of all pieces that are not skipped. */
const chunksAt = (layout: Layout, levels: Uint8Array): Bitfield => {
  if (!levels.includes(SKIPPED)) return Bitfield.full(layout.chunkCount)
  const chunks = Bitfield.empty(layout.chunkCount)
  for (const [piece, level] of levels.entries()) {
    const { first, count } = layout.chunksOf(piece)
    if (level !== SKIPPED) chunks.addRun(first, count)
  }
  return chunks
}
