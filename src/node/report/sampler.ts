import type { ListedTransfer } from '../transfer/listed.js'
import { RateRecorder, SAMPLE_TIME } from './rateRecorder.js'

/** Records the rates of all transfers, each and together. */
export class Sampler {
  readonly #transfers: ReadonlySet<ListedTransfer>
  readonly #all = new RateRecorder()
  #timer: NodeJS.Timeout | undefined

  constructor(transfers: ReadonlySet<ListedTransfer>) {
    this.#transfers = transfers
  }

  /** Of all transfers together. */
  get history() {
    return this.#all.history
  }

  start(): void {
    this.#timer = setInterval(() => this.#sample(), SAMPLE_TIME).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    let download = 0
    let upload = 0
    for (const transfer of this.#transfers) {
      const moved = transfer.sample()
      download += moved.download
      upload += moved.upload
    }
    this.#all.add(download, upload)
  }
}
