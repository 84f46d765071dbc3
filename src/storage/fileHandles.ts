import type { FileHandle } from 'node:fs/promises'

/** Descriptors open at once and not in use, of one torrent; the common limit of a process is 1,024. */
const MAX_OPEN = 64

interface Entry {
  readonly handle: Promise<FileHandle>
  users: number
  /** Told when nobody uses it any more, where it is to be closed. */
  onUnused: (() => void) | undefined
}

/** The open files of a torrent: opened when needed, the least recently used closed. */
export class FileHandles {
  readonly #open: (file: number) => Promise<FileHandle>
  readonly #limit: number
  /** The least recently used first. */
  readonly #entries = new Map<number, Entry>()

  constructor(open: (file: number) => Promise<FileHandle>, limit = MAX_OPEN) {
    this.#open = open
    this.#limit = limit
  }

  /** Runs `work` with the handle of `file`, which stays open meanwhile. Rejects with what opening or `work` throws. */
  async use<Result>(file: number, work: (handle: FileHandle) => Promise<Result>): Promise<Result> {
    const entry = this.#enter(file)
    try {
      return await work(await entry.handle)
    } finally {
      entry.users--
      if (entry.users === 0) entry.onUnused?.()
      this.#closeUnused()
    }
  }

  /** Closes all, each when its use has ended; `use` opens them again. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    await Promise.all(entries.map(closeEntry))
  }

  #enter(file: number): Entry {
    const entry = this.#entries.get(file) ?? this.#begin(file)
    entry.users++
    this.#entries.delete(file)
    this.#entries.set(file, entry)
    return entry
  }

  #begin(file: number): Entry {
    const entry: Entry = { handle: this.#open(file), users: 0, onUnused: undefined }
    entry.handle.catch(() => {
      if (this.#entries.get(file) === entry) this.#entries.delete(file)
    })
    return entry
  }

  #closeUnused(): void {
    if (this.#entries.size <= this.#limit) return
    for (const [file, entry] of this.#entries) {
      if (entry.users > 0) continue
      this.#entries.delete(file)
      void closeEntry(entry)
      if (this.#entries.size <= this.#limit) return
    }
  }
}

/**
 * Closes a handle once its use has ended, which may be that of its descriptor by another thread. One that cannot be opened
 * or closed holds nothing that could be lost: what was written was awaited.
 */
const closeEntry = async (entry: Entry): Promise<void> => {
  if (entry.users > 0) await new Promise<void>((resolve) => (entry.onUnused = resolve))
  try {
    await (await entry.handle).close()
  } catch {
    return
  }
}
