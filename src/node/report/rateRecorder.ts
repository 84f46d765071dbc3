import type { RateHistory } from './reports.js'

/** Milliseconds between two samples. */
export const SAMPLE_TIME = 1_000
/** Samples kept: ten minutes, of 16 bytes each. */
const LENGTH = 600

/**
 * What went in and out, second by second.
 *
 * Invariant: there is a ring only while something moved in the last LENGTH samples, so that thousands that rest hold nothing.
 */
export class RateRecorder {
  #ring: { readonly download: Float64Array; readonly upload: Float64Array } | undefined
  #next = 0
  #count = 0
  /** Samples in a row in which nothing moved. */
  #idle = 0

  /** Bytes that came and went since the last sample. */
  add(download: number, upload: number): void {
    this.#idle = download + upload > 0 ? 0 : this.#idle + 1
    if (this.#idle >= LENGTH) this.#ring = undefined
    if (this.#ring === undefined) {
      this.#count = 0
      if (this.#idle > 0) return
      this.#ring = { download: new Float64Array(LENGTH), upload: new Float64Array(LENGTH) }
    }
    this.#ring.download[this.#next] = (download * 1000) / SAMPLE_TIME
    this.#ring.upload[this.#next] = (upload * 1000) / SAMPLE_TIME
    this.#next = (this.#next + 1) % LENGTH
    this.#count = Math.min(LENGTH, this.#count + 1)
  }

  get history(): RateHistory {
    return {
      interval: SAMPLE_TIME,
      download: this.#inOrder(this.#ring?.download),
      upload: this.#inOrder(this.#ring?.upload),
    }
  }

  #inOrder(ring: Float64Array | undefined): Float64Array {
    const ordered = new Float64Array(this.#count)
    for (let index = 0; index < this.#count; index++)
      ordered[index] = ring?.[(this.#next - this.#count + index + LENGTH) % LENGTH] ?? 0
    return ordered
  }
}
