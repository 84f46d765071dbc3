/** Who sent the chunks that nothing proves yet, so that a liar is found when their piece fails. */
export class Suspicion {
  readonly #senders = new Map<number, string>()

  waits(chunk: number, sender: string): void {
    this.#senders.set(chunk, sender)
  }

  /** Whether `chunk` waits. */
  holds(chunk: number): boolean {
    return this.#senders.has(chunk)
  }

  /** `chunk` is verified; returns who had sent it, where it had waited. */
  settle(chunk: number): string | undefined {
    const sender = this.#senders.get(chunk)
    this.#senders.delete(chunk)
    return sender
  }

  /** Who sent any of `chunks`; they no longer wait. */
  sendersOf(chunks: readonly number[]): ReadonlySet<string> {
    const senders = new Set<string>()
    for (const chunk of chunks) {
      const sender = this.settle(chunk)
      if (sender !== undefined) senders.add(sender)
    }
    return senders
  }
}
