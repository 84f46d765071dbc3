import { TokenBucket } from '../engine/rate/tokenBucket.js'
import { ShoalError } from '../protocol/errors.js'
import type { RateLimits } from './api.js'
import { Throttle } from './serve/throttle.js'

/** The rate limits of a peer or of one torrent, which may change at any time. */
export class Limits {
  readonly download: TokenBucket
  readonly upload: Throttle

  /** `now` in milliseconds. @throws ShoalError USAGE */
  constructor({ download, upload }: RateLimits, now: () => number) {
    requireRates([download, upload])
    this.download = new TokenBucket(download)
    this.upload = new Throttle(new TokenBucket(upload), now)
  }

  get rates(): RateLimits {
    return { download: this.download.rate, upload: this.upload.rate }
  }

  /** What is not named stays as it is. @throws ShoalError USAGE for what is no rate; then nothing changes */
  change(changes: Partial<RateLimits>): void {
    const { download, upload } = { ...this.rates, ...changes }
    requireRates([download, upload])
    this.download.setRate(download)
    this.upload.setRate(upload)
  }
}

const requireRates = (rates: readonly (number | undefined)[]): void => {
  for (const rate of rates) {
    if (rate === undefined || (Number.isSafeInteger(rate) && rate > 0)) continue
    throw new ShoalError('USAGE', `${rate} is no rate: bytes a second, 1 or more`)
  }
}
