import { trackerName } from '../../discovery/announceCall.js'
import type { TrackerReport } from '../../discovery/trackerReport.js'
import type { Registration } from '../tracker/registration.js'
import type { TrackerDetail } from './reports.js'

/** Every tracker of a transfer at `now`, in milliseconds; the announce URLs by tier. */
export const trackerDetails = (
  registrations: readonly Registration[],
  tiers: readonly (readonly TrackerReport[])[],
  now: number,
): readonly TrackerDetail[] => {
  const until = (at: number | undefined): number | undefined =>
    at === undefined ? undefined : Math.max(0, (at - now) / 1000)
  const listed = registrations.map(({ link, report: { nextAt, ...report } }): TrackerDetail => {
    return { kind: 'shoal', name: link.key, url: link.key, tier: undefined, ...report, nextIn: until(nextAt) }
  })
  const announced = tiers.flatMap((reports, tier) =>
    reports.map(({ nextAt, ...report }): TrackerDetail => {
      return { kind: 'announce', name: trackerName(report.url), tier, ...report, nextIn: until(nextAt) }
    }),
  )
  return [...listed, ...announced]
}
