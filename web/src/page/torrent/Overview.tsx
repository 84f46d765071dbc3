import type { TransferDetails } from '../../../../src/api/contract.js'
import { peer } from '../../api/peer.js'
import { LimitsForm } from '../../part/LimitsForm.js'
import { notifyError } from '../../part/toast.js'
import { text } from '../../strings.js'
import { Facts } from './Facts.js'
import { Rates } from './Rates.js'
import { Slow } from './Slow.js'

const isOver = ({ state, done, size }: TransferDetails): boolean =>
  state === 'failed' || state === 'stopped' || (size > 0 && done >= size)

/** Rates, what holds it up, and facts. */
export const Overview = ({ details, reload }: { details: TransferDetails; reload: () => Promise<void> }) => {
  const { key, isSequential, limits } = details
  const setSequential = (wanted: boolean): void => {
    peer.change(key, { isSequential: wanted }).then(reload).catch(notifyError)
  }
  return (
    <div class="overview">
      <div>
        <Rates id={key} />
        <Slow details={details} />
        <section class="panel" aria-label={text.torrent.limits}>
          <h2>{text.torrent.limits}</h2>
          <LimitsForm
            limits={limits}
            save={async (changed) => {
              await peer.change(key, { limits: changed })
              await reload()
            }}
          />
          {!isOver(details) && (
            <label class="check">
              <input
                type="checkbox"
                checked={isSequential}
                onChange={({ currentTarget }) => setSequential(currentTarget.checked)}
              />
              {text.torrent.sequential}
            </label>
          )}
        </section>
      </div>
      <section class="panel" aria-label={text.torrent.facts}>
        <h2>{text.torrent.facts}</h2>
        <Facts details={details} />
      </section>
    </div>
  )
}
