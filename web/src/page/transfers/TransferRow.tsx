import { transferOf } from '../../live/transfers.js'
import { formatBytes, formatDuration, formatPercent, formatRate } from '../../format.js'
import { Bar } from '../../part/Bar.js'
import { Name } from '../../part/Name.js'
import { PauseButton, RemoveButton } from '../../part/actions.js'
import { State, toneOf } from '../../part/State.js'
import { linkTo } from '../../route.js'
import { visibleText } from '../../visible.js'

const rate = (bytes: number): string => (bytes > 0 ? formatRate(bytes) : '–')

/** The cells of one transfer; drawn anew when that one changes. */
export const TransferRow = ({ id }: { id: string }) => {
  const transfer = transferOf(id)?.value
  if (transfer === undefined) return null
  const { name, size, done, downloadRate, uploadRate, eta, peers, error, infoHash, key } = transfer
  return (
    <>
      <div role="cell" class="cell name">
        <a href={linkTo('torrents', infoHash ?? key)}>
          <Name>{name}</Name>
        </a>
        {error ? (
          <span class="note bad">{visibleText(error.detail)}</span>
        ) : (
          <Bar done={done} size={size} tone={toneOf(transfer)} />
        )}
      </div>
      <div role="cell" class="cell figure size">
        {size > 0 ? formatBytes(size) : '–'}
      </div>
      <div role="cell" class="cell figure progress">
        {formatPercent(done, size > 0 ? size : 1)}
      </div>
      <div role="cell" class="cell state">
        <State transfer={transfer} />
      </div>
      <div role="cell" class="cell figure download">
        {rate(downloadRate)}
      </div>
      <div role="cell" class="cell figure upload">
        {rate(uploadRate)}
      </div>
      <div role="cell" class="cell figure eta">
        {eta === undefined ? '–' : formatDuration(eta)}
      </div>
      <div role="cell" class="cell figure peers">
        {peers}
      </div>
      <div role="cell" class="cell actions">
        <PauseButton transfer={transfer} />
        <RemoveButton transfer={transfer} />
      </div>
    </>
  )
}
