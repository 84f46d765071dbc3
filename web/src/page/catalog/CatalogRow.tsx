import type { CatalogEntry } from '../../../../src/api/contract.js'
import { peer } from '../../api/peer.js'
import { formatBytes, formatCount, formatRate } from '../../format.js'
import { transferOf } from '../../live/transfers.js'
import { Bar } from '../../part/Bar.js'
import { Button } from '../../part/Button.js'
import { Health } from '../../part/Health.js'
import { Name } from '../../part/Name.js'
import { State, toneOf } from '../../part/State.js'
import { linkTo } from '../../route.js'
import { text } from '../../strings.js'
import { visibleText } from '../../visible.js'

interface CatalogRowProps {
  readonly entry: CatalogEntry
  /** It is fetched from now on, which the entry does not say yet. */
  readonly onGot: () => void
}

const Action = ({ entry: { id, name, key }, onGot }: CatalogRowProps) => {
  const [asked, transfer] = [String(id), key === undefined ? undefined : transferOf(key)?.value]
  if (transfer === undefined)
    return (
      <Button
        kind="primary"
        icon="get"
        onClick={async () => {
          await peer.get(asked, { seed: true, isSequential: false })
          onGot()
        }}
        label={text.action.of(text.action.get, visibleText(name))}
      >
        {text.action.get}
      </Button>
    )
  return <State transfer={transfer} />
}

/** The cells of one torrent of the tracker. */
export const CatalogRow = ({ entry, onGot }: CatalogRowProps) => {
  const { id, name, size, copies, seeders, leechers, rate, key, infoHash } = entry
  const transfer = key === undefined ? undefined : transferOf(key)?.value
  return (
    <>
      <div role="cell" class="cell name">
        <span class="number">{id}</span>
        {transfer ? (
          <a href={linkTo('torrents', infoHash ?? transfer.key)}>
            <Name>{name}</Name>
          </a>
        ) : (
          <Name>{name}</Name>
        )}
        {transfer && transfer.done < transfer.size && (
          <Bar done={transfer.done} size={transfer.size} tone={toneOf(transfer)} />
        )}
      </div>
      <div role="cell" class="cell figure size">
        {size === undefined ? '–' : formatBytes(size)}
      </div>
      <div role="cell" class="cell health">
        <Health copies={copies} />
      </div>
      <div role="cell" class="cell figure seeders">
        {formatCount(seeders)}
      </div>
      <div role="cell" class="cell figure leechers">
        {formatCount(leechers)}
      </div>
      <div role="cell" class="cell figure rate">
        {rate ? formatRate(rate) : '–'}
      </div>
      <div role="cell" class="cell actions">
        <Action entry={entry} onGot={onGot} />
      </div>
    </>
  )
}
