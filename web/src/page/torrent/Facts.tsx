import type { ComponentChildren } from 'preact'
import type { TransferDetails } from '../../../../src/api/contract.js'
import { formatBytes, formatDecimal, formatMoment } from '../../format.js'
import { Copy } from '../../part/Copy.js'
import { Name } from '../../part/Name.js'
import { text } from '../../strings.js'

const Fact = ({ title, children }: { title: string; children: ComponentChildren }) => (
  <div>
    <dt>{title}</dt>
    <dd>{children}</dd>
  </div>
)

const Hash = ({ title, hash }: { title: string; hash: string | undefined }) =>
  hash === undefined ? null : (
    <Fact title={title}>
      <code>{hash}</code>
      <Copy value={hash} label={text.action.copy(title)} />
    </Fact>
  )

/** What stays as it is, and sums. */
export const Facts = ({ details }: { details: TransferDetails }) => {
  const { downloaded, uploaded, path, addedAt, completedAt, pieces, pieceLength, torrentId } = details
  const { infoHash, infoHashV1, isPrivate } = details
  return (
    <dl class="facts">
      <Fact title={text.torrent.downloaded}>{formatBytes(downloaded)}</Fact>
      <Fact title={text.torrent.uploaded}>
        {formatBytes(uploaded)}
        {downloaded > 0 && uploaded > 0 && ` (${formatDecimal(uploaded / downloaded)} ×)`}
      </Fact>
      {torrentId !== undefined && <Fact title={text.torrent.number}>{torrentId}</Fact>}
      <Fact title={text.torrent.pieces}>{text.torrent.piecesOf(pieces, pieceLength)}</Fact>
      <Fact title={text.torrent.added}>{formatMoment(addedAt)}</Fact>
      {completedAt !== undefined && <Fact title={text.torrent.completed}>{formatMoment(completedAt)}</Fact>}
      <Fact title={text.torrent.path}>
        <Name>{path}</Name>
      </Fact>
      <Hash title={text.torrent.hash} hash={infoHash} />
      <Hash title={text.torrent.hashV1} hash={infoHashV1} />
      {isPrivate && <div class="muted">{text.torrent.private}</div>}
    </dl>
  )
}
