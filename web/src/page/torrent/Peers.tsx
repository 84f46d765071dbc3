import type { PeerDocument, TransferDetails } from '../../../../src/api/contract.js'
import { peer } from '../../api/peer.js'
import { formatBytes, formatPercent, formatRate } from '../../format.js'
import { useAsked } from '../../live/useAsked.js'
import { Empty } from '../../part/Empty.js'
import { Failure } from '../../part/Failure.js'
import { text } from '../../strings.js'
import { visibleText } from '../../visible.js'

const INTERVAL = 1_000

const addressOf = ({ host, port }: PeerDocument): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`

const wordFor = (words: Readonly<Record<string, string>>, key: string | undefined): string | undefined =>
  key === undefined ? undefined : (words[key] ?? key)

const connectionOf = ({ wire, encryption, direction, way, origin }: PeerDocument): string =>
  [
    wordFor(text.peers.wire, wire),
    wordFor(text.peers.encryption, encryption),
    wordFor(text.peers.direction, direction),
    wordFor(text.peers.way, way),
    wordFor(text.peers.origin, origin),
  ]
    .filter(Boolean)
    .join(', ')

const rate = (bytes: number | undefined): string => (bytes ? formatRate(bytes) : '–')
const amount = (bytes: number | undefined): string => (bytes ? formatBytes(bytes) : '–')

const Row = ({ of, chunks }: { of: PeerDocument; chunks: number }) => (
  <tr>
    <th scope="row">
      <code>{visibleText(addressOf(of))}</code>
      <span class="muted">{of.isWebSeed ? text.peers.web : visibleText(of.client ?? '')}</span>
    </th>
    <td>{wordFor(text.peers.state, of.state)}</td>
    <td class="wrap">{connectionOf(of) || '–'}</td>
    <td class="figure">{formatPercent(of.chunks, Math.max(1, chunks))}</td>
    <td class="figure">{rate(of.downloadRate)}</td>
    <td class="figure">{rate(of.uploadRate)}</td>
    <td class="figure">{amount(of.downloaded)}</td>
    <td class="figure">{amount(of.uploaded)}</td>
    <td class={of.wasted ? 'figure bad' : 'figure'}>{amount(of.wasted)}</td>
  </tr>
)

const FIGURES = ['has', 'download', 'upload', 'received', 'sent', 'wasted'] as const

/** Whom it is fetched from and given to. */
export const Peers = ({ details: { key, chunks } }: { details: TransferDetails }) => {
  const { value, error, reload } = useAsked(() => peer.peers(key), key, INTERVAL)
  if (!value) return error ? <Failure error={error} onRetry={reload} /> : null
  if (value.peers.length === 0)
    return <Empty icon="search" title={text.peers.none} hint={text.peers.noneHint} />
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={text.torrent.tabs.peers}>
      <table>
        <caption>{text.peers.count(value.peerCount)}</caption>
        <thead>
          <tr>
            <th scope="col">{text.columns.address}</th>
            <th scope="col">{text.columns.state}</th>
            <th scope="col">{text.columns.connection}</th>
            {FIGURES.map((id) => (
              <th key={id} scope="col" class="figure">
                {text.columns[id]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {value.peers.map((one) => (
            <Row key={`${one.peerId ?? ''} ${addressOf(one)}`} of={one} chunks={chunks} />
          ))}
        </tbody>
      </table>
    </div>
  )
}
