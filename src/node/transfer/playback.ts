import { ShoalError } from '../../protocol/errors.js'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import type { Playhead } from '../../engine/picker/sequence.js'
import type { ReadRange } from '../api.js'
import type { Torrent } from '../torrent/torrent.js'

/** The most that is handed out at once: 16 chunks, 256 KiB for each reader. */
const RUN_SIZE = 16 * CHUNK_SIZE
/** How long a reader that waits keeps the playhead while another waits too. Milliseconds. */
const TURN = 500

/** Whether a chunk that is not there yet will come: 'never', since it is not wanted, or 'over', since nothing comes any more. */
export type Outlook = 'coming' | 'never' | 'over'

export interface PlaybackOptions {
  readonly torrent: Torrent
  /** Of file `file`. */
  readonly outlook: (file: number) => Outlook
  /** Where pieces are fetched in order from; undefined: as the user chose. */
  readonly setPlayhead: (playhead: Playhead | undefined) => void
  /** Milliseconds. */
  readonly now: () => number
}

interface Reader {
  isWaiting: boolean
}

/**
 * Reads verified content in order, also while it arrives: the playhead follows whoever waits.
 *
 * Invariants: nothing is handed out that is not in `has`; a reader holds RUN_SIZE at most.
 */
export class Playback {
  readonly #options: PlaybackOptions
  readonly #readers = new Set<Reader>()
  readonly #waiting = new Set<() => void>()
  #steering: { readonly reader: Reader; readonly since: number } | undefined

  constructor(options: PlaybackOptions) {
    this.#options = options
  }

  /** Chunks may have come, or nothing comes any more. */
  wake(): void {
    for (const go of [...this.#waiting]) go()
  }

  /** The bytes are the caller's. @throws ShoalError USAGE for what is not fetched, INTERRUPTED, and those of the disk */
  async *read(file: number, { offset = 0, length, signal }: ReadRange): AsyncGenerator<Uint8Array, void> {
    const end = this.#endOf(file, offset, length)
    const reader: Reader = { isWaiting: false }
    this.#readers.add(reader)
    try {
      for (let place = offset; place < end;) {
        await this.#arrival(reader, file, place, signal)
        const bytes = await this.#take(file, place, end)
        place += bytes.length
        yield bytes
      }
    } finally {
      this.#leave(reader)
    }
  }

  #endOf(file: number, offset: number, length: number | undefined): number {
    const { content } = this.#options.torrent.description
    const size = content.files[file]?.size
    const end = offset + (length ?? (size ?? 0) - offset)
    const isRange = Number.isSafeInteger(offset) && Number.isSafeInteger(end) && offset >= 0 && offset <= end
    if (size === undefined || !isRange || end > size)
      throw new ShoalError('USAGE', `file ${file} of "${content.name}" has no bytes ${offset} to ${end}`)
    return end
  }

  /** Waits until the chunk at `place` is there. */
  async #arrival(
    reader: Reader,
    file: number,
    place: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { torrent, outlook } = this.#options
    const { chunk } = torrent.layout.locate(file, place)
    for (;;) {
      if (signal?.aborted === true || outlook(file) === 'over')
        throw new ShoalError('INTERRUPTED', `reading "${torrent.description.content.name}" was stopped`)
      if (torrent.has.has(chunk)) return
      if (outlook(file) === 'never')
        throw new ShoalError('USAGE', `file ${file} of "${torrent.description.content.name}" is not fetched`)
      reader.isWaiting = true
      this.#steer(reader, { file, offset: place })
      await this.#change(signal)
      reader.isWaiting = false
    }
  }

  /** The playhead goes on by itself from where a reader began to wait; one that waits alone takes it over at once. */
  #steer(reader: Reader, playhead: Playhead): void {
    const { now, setPlayhead } = this.#options
    if (this.#steering?.reader === reader) return
    if (this.#steering?.reader.isWaiting === true && now() - this.#steering.since < TURN) return
    this.#steering = { reader, since: now() }
    setPlayhead(playhead)
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        this.#waiting.delete(go)
        signal?.removeEventListener('abort', go)
        resolve()
      }
      this.#waiting.add(go)
      signal?.addEventListener('abort', go)
    })
  }

  /** What is there in one run from `place` on. */
  async #take(file: number, place: number, end: number): Promise<Uint8Array> {
    const { layout, has, reader } = this.#options.torrent
    const bytes = new Uint8Array(Math.min(end - place, RUN_SIZE))
    let done = 0
    while (done < bytes.length) {
      const { chunk, within } = layout.locate(file, place + done)
      if (!has.has(chunk)) break
      const data = await reader.read(chunk)
      const part = data.subarray(within, within + bytes.length - done)
      bytes.set(part, done)
      done += part.length
    }
    return bytes.subarray(0, done)
  }

  #leave(reader: Reader): void {
    this.#readers.delete(reader)
    reader.isWaiting = false
    if (this.#readers.size > 0 || this.#steering === undefined) return
    this.#steering = undefined
    this.#options.setPlayhead(undefined)
  }
}
