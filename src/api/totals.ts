import type { ShoalPeer, TransferSummary } from '../node/api.js'
import type { Totals } from './contract.js'

/** Adds up transfers. */
export class TotalsSum {
  #transfers = 0
  #downloading = 0
  #seeding = 0
  #downloadRate = 0
  #uploadRate = 0
  #downloaded = 0
  #uploaded = 0

  add({ state, downloadRate, uploadRate, downloaded, uploaded }: TransferSummary): void {
    this.#transfers++
    if (state === 'downloading') this.#downloading++
    if (state === 'seeding') this.#seeding++
    this.#downloadRate += downloadRate
    this.#uploadRate += uploadRate
    this.#downloaded += downloaded
    this.#uploaded += uploaded
  }

  get document(): Totals {
    return {
      transfers: this.#transfers,
      downloading: this.#downloading,
      seeding: this.#seeding,
      downloadRate: Math.round(this.#downloadRate),
      uploadRate: Math.round(this.#uploadRate),
      downloaded: this.#downloaded,
      uploaded: this.#uploaded,
    }
  }
}

/** All transfers of the peer together. */
export const totalsOf = ({ transfers }: ShoalPeer): Totals => {
  const sum = new TotalsSum()
  for (const { summary } of transfers) sum.add(summary)
  return sum.document
}
