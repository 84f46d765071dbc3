import type { Transfer, TransferPeer, TransferStatus } from '../node/api.js'
import { formatMagnet, type Magnet } from '../protocol/metainfo/magnet.js'
import { formatBytes } from '../support/units.js'
import type { Output } from './output.js'
import { formatEndpoint } from './settings.js'
import { plural, safeName, tableLines } from './text.js'

/** How often a transfer is asked whether it can go on, in milliseconds. */
const LOOK_EVERY = 200

/**
 * Settles as the transfer completes or fails; a pause, which nobody is there to mend, is a failure too.
 *
 * @throws ShoalError what stopped it
 */
export const completeOrPaused = async (transfer: Transfer): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const paused = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const { state, error } = transfer.summary
      if (state === 'paused' && error !== undefined) reject(error)
    }, LOOK_EVERY)
  })
  try {
    await Promise.race([transfer.complete, paused])
  } finally {
    clearInterval(timer)
  }
}

/** The magnet link of a torrent; undefined where it has no info-hash. */
export const magnetOf = ({
  infoHash,
  infoHashV1,
  name,
  trackers = [],
  webSeeds = [],
}: Pick<TransferStatus, 'infoHash' | 'infoHashV1' | 'name'> &
  Partial<Pick<Magnet, 'trackers' | 'webSeeds'>>): string | undefined =>
  infoHash === undefined && infoHashV1 === undefined
    ? undefined
    : formatMagnet({ infoHash, infoHashV1, name, trackers, webSeeds })

/** A share as others need to know it. */
interface Shared {
  readonly torrentId?: number | undefined
  readonly name: string
  readonly infoHash?: string | undefined
  readonly infoHashV1?: string | undefined
  readonly magnet?: string | undefined
  readonly chunks: number
  readonly size: number
}

/** What others need to know of a share. */
export const sayShared = (output: Output, shared: Shared): void => {
  const { torrentId, name, infoHash, infoHashV1, magnet, chunks, size } = shared
  output.event({ event: 'shared', torrentId, name, infoHash, infoHashV1, magnet, chunks, size })
  output.line(`Sharing ${safeName(name)}, ${formatBytes(size)} in ${plural(chunks, 'chunk')}`)
  output.line(`  ID         ${torrentId ?? 'none yet: no tracker knows it'}`)
  if (infoHash !== undefined) output.line(`  info-hash  ${infoHash}`)
  if (infoHashV1 !== undefined) output.line(`  v1         ${infoHashV1}`)
  if (magnet !== undefined) output.line(`  magnet     ${magnet}`)
}

/** The same of a share of this process. */
export const saySharing = (output: Output, status: TransferStatus): void =>
  sayShared(output, { ...status, magnet: magnetOf(status) })

const senders = (status: TransferStatus): readonly TransferPeer[] =>
  status.peers.filter((peer) => peer.downloaded > 0).sort((a, b) => b.downloaded - a.downloaded)

/** What came from whom. */
export const sayComplete = (output: Output, status: TransferStatus): void => {
  const from = senders(status)
  const { name, path, size, torrentId } = status
  const peers = from.map(({ peerId, isWebSeed, host, port, downloaded }) => ({
    peerId,
    isWebSeed,
    host,
    port,
    downloaded,
  }))
  output.event({ event: 'complete', torrentId, name, path, size, peers })
  output.line(`Complete and verified: ${safeName(path)}, ${formatBytes(size)}`)
  const rows = from.map((peer) => [
    `  from ${peer.isWebSeed === true ? 'web seed ' : `${peer.peerId ?? 'unknown'}@`}${formatEndpoint(peer)}`,
    formatBytes(peer.downloaded),
  ])
  for (const row of tableLines(rows)) output.note(row)
}

type Progress = (done: number, total: number) => void

/** Hands on at most four calls a second, and the last. */
const thinned = (step: Progress): Progress => {
  let next = 0
  return (done, total) => {
    const now = performance.now()
    if (now < next && done < total) return
    next = now + 250
    step(done, total)
  }
}

/** Draws how far work over a file's bytes is. */
export const showWork = (output: Output, what: string): Progress =>
  thinned((done, total) => {
    const share = total === 0 ? 100 : Math.floor((100 * done) / total)
    output.board?.draw(done < total ? [`${safeName(what)}  ${share} %`] : [])
  })

/** Says how far hashing is, as an event or as a line that is redrawn. */
export const hashingProgress = (output: Output, name: string): Progress => {
  const show = showWork(output, `Hashing ${name}`)
  return thinned((done, total) => {
    output.event({ event: 'hashing', name, done, total })
    show(done, total)
  })
}
