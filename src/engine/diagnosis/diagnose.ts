/** One peer that a torrent is taken from, as far as that matters here. */
export interface DiagnosedPeer {
  /** Whether it answered what it has. */
  readonly isConnected: boolean
  readonly isChokingUs: boolean
  /** Whether it has something that is missing here. */
  readonly isUseful: boolean
  /** Bytes a second that come from it. */
  readonly rate: number
}

/** What is known of a download. Rates and limits are bytes a second. */
export interface DownloadSymptoms {
  readonly kind: 'download'
  readonly rate: number
  readonly peers: readonly DiagnosedPeer[]
  /** Addresses that are known, whether they answer or not. */
  readonly knownPeers: number
  /** Pieces that are missing and that no connected peer has. */
  readonly absentPieces: number
  /** Whether more waits for the disk than it takes. */
  readonly isDiskBehind: boolean
  /** Of this torrent, and of the whole peer; undefined: none. */
  readonly limit: number | undefined
  readonly peerLimit: number | undefined
  /** Bytes a second of all torrents together, which `peerLimit` holds. */
  readonly peerRate: number
  readonly trackers: number
  readonly failingTrackers: number
}

/** What is known of something that is complete and served. */
export interface SeedSymptoms {
  readonly kind: 'seed'
  readonly rate: number
  /** Peers that are connected, and those of them that want something. */
  readonly connected: number
  readonly interested: number
  readonly limit: number | undefined
  readonly peerLimit: number | undefined
  readonly peerRate: number
  readonly trackers: number
  readonly failingTrackers: number
}

/** Something that holds a transfer up, or says that nothing does, with its figures. */
export type Finding =
  /** Nothing holds it up. */
  | { readonly kind: 'well'; readonly rate: number }
  /** Nobody is known who might have it. */
  | { readonly kind: 'noPeersKnown' }
  /** So many addresses are known, and none is connected. */
  | { readonly kind: 'noneConnected'; readonly known: number }
  /** Every peer that has something missing serves others now. */
  | { readonly kind: 'allChoke'; readonly choking: number }
  /** Nobody who is connected has so many of the pieces that are missing. */
  | { readonly kind: 'nobodyHas'; readonly pieces: number; readonly connected: number }
  | { readonly kind: 'diskBehind' }
  /** The rate is what a limit allows: of this torrent, or of the whole peer. */
  | { readonly kind: 'limited'; readonly scope: 'torrent' | 'peer'; readonly limit: number }
  /** Peers serve, and send slowly. */
  | { readonly kind: 'peersSlow'; readonly serving: number; readonly rate: number }
  | { readonly kind: 'trackersFail'; readonly failing: number; readonly trackers: number }
  /** It is served, and nobody wants anything of it. */
  | { readonly kind: 'nobodyWants'; readonly connected: number }

/** From this share of a limit on it is the limit that decides: rates are taken over two seconds, and come in bursts. */
const AT_LIMIT = 0.85
/** A peer that sends less than this is slow: below 1 Mbit/s. Bytes a second. */
const SLOW_RATE = 125_000

/** Why a transfer is as slow as it is: what matters most first, never empty. */
export const diagnose = (symptoms: DownloadSymptoms | SeedSymptoms): readonly [Finding, ...Finding[]] => {
  const found = symptoms.kind === 'download' ? downloadFindings(symptoms) : seedFindings(symptoms)
  const [first, ...others] = [...found, ...trackerFindings(symptoms)]
  return first === undefined ? [{ kind: 'well', rate: symptoms.rate }] : [first, ...others]
}

const downloadFindings = (symptoms: DownloadSymptoms): readonly Finding[] => {
  const { isDiskBehind, peers, knownPeers } = symptoms
  if (isDiskBehind) return [{ kind: 'diskBehind' }]
  const connected = peers.filter(({ isConnected }) => isConnected)
  if (connected.length === 0)
    return [knownPeers === 0 ? { kind: 'noPeersKnown' } : { kind: 'noneConnected', known: knownPeers }]
  const held = limitFindings(symptoms)
  return [
    ...(held.length > 0 ? held : sourceFindings(connected)),
    ...absenceFindings(symptoms, connected.length),
  ]
}

/** What those do that are connected. */
const sourceFindings = (connected: readonly DiagnosedPeer[]): readonly Finding[] => {
  const useful = connected.filter(({ isUseful }) => isUseful)
  if (useful.length === 0) return []
  const serving = useful.filter(({ isChokingUs }) => !isChokingUs)
  if (serving.length === 0) return [{ kind: 'allChoke', choking: useful.length }]
  const rate = serving.reduce((sum, peer) => sum + peer.rate, 0)
  return rate < SLOW_RATE * serving.length ? [{ kind: 'peersSlow', serving: serving.length, rate }] : []
}

const absenceFindings = ({ absentPieces }: DownloadSymptoms, connected: number): readonly Finding[] =>
  absentPieces > 0 ? [{ kind: 'nobodyHas', pieces: absentPieces, connected }] : []

const seedFindings = (symptoms: SeedSymptoms): readonly Finding[] => {
  const { connected, interested } = symptoms
  if (interested === 0) return [{ kind: 'nobodyWants', connected }]
  return limitFindings(symptoms)
}

const limitFindings = ({
  rate,
  limit,
  peerRate,
  peerLimit,
}: DownloadSymptoms | SeedSymptoms): readonly Finding[] => {
  if (limit !== undefined && rate >= AT_LIMIT * limit) return [{ kind: 'limited', scope: 'torrent', limit }]
  if (peerLimit !== undefined && peerRate >= AT_LIMIT * peerLimit)
    return [{ kind: 'limited', scope: 'peer', limit: peerLimit }]
  return []
}

const trackerFindings = ({
  trackers,
  failingTrackers,
}: DownloadSymptoms | SeedSymptoms): readonly Finding[] =>
  failingTrackers > 0 ? [{ kind: 'trackersFail', failing: failingTrackers, trackers }] : []
