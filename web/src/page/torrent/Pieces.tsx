import { useEffect, useRef } from 'preact/hooks'
import type { PiecesDocument } from '../../../../src/api/contract.js'
import { peer } from '../../api/peer.js'
import { formatBytes } from '../../format.js'
import { useAsked } from '../../live/useAsked.js'
import { Empty } from '../../part/Empty.js'
import { Failure } from '../../part/Failure.js'
import { text } from '../../strings.js'
import { isDark } from '../../theme.js'
import { drawPieces, WORDS } from './pieceMap.js'

const INTERVAL = 1_000

const bytesOf = (base64: string): Uint8Array =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))

const copiesOf = (availability: Uint8Array): string => {
  let [least, most] = [255, 0]
  for (const copies of availability) {
    least = Math.min(least, copies)
    most = Math.max(most, copies)
  }
  return text.pieces.copiesRange(least, most)
}

const Map = ({
  document: { words, states, availability, pieces, pieceLength },
}: {
  document: PiecesDocument
}) => {
  const canvas = useRef<HTMLCanvasElement>(null)
  const codes = bytesOf(states)
  const have = words.indexOf('have')
  const dark = isDark()
  useEffect(() => {
    const element = canvas.current
    if (!element) return
    const draw = (): void => drawPieces(element, codes, words)
    draw()
    const observer = new ResizeObserver(draw)
    observer.observe(element.parentElement ?? element)
    return () => observer.disconnect()
  }, [states, dark])
  const count = codes.reduce((sum, code) => sum + (code === have ? 1 : 0), 0)
  return (
    <div class="panel pieces">
      <p>
        {text.pieces.label(count, pieces)}{' '}
        <span class="muted">{text.torrent.piecesOf(pieces, pieceLength)}</span>
      </p>
      <div class="map">
        <canvas ref={canvas} role="img" aria-label={text.pieces.label(count, pieces)} />
      </div>
      <ul class="legend">
        {WORDS.map((word) => (
          <li key={word} class={`piece-${word}`}>
            {text.pieces.words[word]}
          </li>
        ))}
      </ul>
      <p class="muted">
        {text.pieces.copies}: {copiesOf(bytesOf(availability))} · {formatBytes(pieces * pieceLength)}
      </p>
    </div>
  )
}

/** Which pieces are there, are being fetched and are missing. */
export const Pieces = ({ id }: { id: string }) => {
  const { value, error, reload } = useAsked(() => peer.pieces(id), id, INTERVAL)
  if (value && value.pieces > 0) return <Map document={value} />
  if (value) return <Empty icon="search" title={text.pieces.none} hint={text.files.noneHint} />
  return error ? <Failure error={error} onRetry={reload} /> : null
}
