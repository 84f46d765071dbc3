import type { TransferDetails } from '../../../../src/api/contract.js'
import type { DiagnosisFinding } from '../../api/diagnosis.js'
import { peer } from '../../api/peer.js'
import { useAsked } from '../../live/useAsked.js'
import { text } from '../../strings.js'

const INTERVAL = 2_000

const { slow } = text

const wordsOf = (finding: DiagnosisFinding): string => {
  switch (finding.kind) {
    case 'well':
      return slow.well(finding.rate)
    case 'noneConnected':
      return slow.noneConnected(finding.known)
    case 'allChoke':
      return slow.allChoke(finding.choking)
    case 'nobodyHas':
      return slow.nobodyHas(finding.pieces, finding.connected)
    case 'limited':
      return slow.limited(finding.scope, finding.limit)
    case 'peersSlow':
      return slow.peersSlow(finding.serving, finding.rate)
    case 'trackersFail':
      return slow.trackersFail(finding.failing, finding.trackers)
    case 'noPeersKnown':
    case 'diskBehind':
    case 'nobodyWants':
    case 'failing':
      return slow[finding.kind]
    default:
      return slow.state[finding.kind]
  }
}

/** Says in words what holds a transfer up, what matters most first. */
export const Slow = ({ details: { key, state } }: { details: TransferDetails }) => {
  const { value } = useAsked(() => peer.diagnosis(key), `${key} ${state}`, INTERVAL)
  if (value === undefined) return null
  const isSeed = state === 'seeding' || state === 'finished'
  return (
    <section class="panel" aria-label={isSeed ? slow.titleSeed : slow.title}>
      <h2>{isSeed ? slow.titleSeed : slow.title}</h2>
      <ol class="findings" aria-live="polite">
        {value.findings.map((finding) => (
          <li key={finding.kind}>{wordsOf(finding)}</li>
        ))}
      </ol>
    </section>
  )
}
