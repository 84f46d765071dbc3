import { expect, test } from 'vitest'
import { diagnose, type DiagnosedPeer, type DownloadSymptoms, type SeedSymptoms } from './diagnose.js'

const PEER: DiagnosedPeer = { isConnected: true, isChokingUs: false, isUseful: true, rate: 1_000_000 }
const DOWNLOAD: DownloadSymptoms = {
  kind: 'download',
  rate: 1_000_000,
  peers: [PEER],
  knownPeers: 1,
  absentPieces: 0,
  isDiskBehind: false,
  limit: undefined,
  peerLimit: undefined,
  peerRate: 1_000_000,
  trackers: 2,
  failingTrackers: 0,
}
const SEED: SeedSymptoms = {
  kind: 'seed',
  rate: 1_000_000,
  connected: 2,
  interested: 1,
  limit: undefined,
  peerLimit: undefined,
  peerRate: 1_000_000,
  trackers: 1,
  failingTrackers: 0,
}

const slow = { rate: 10_000 }
const choking = { ...PEER, isChokingUs: true, rate: 0 }
const asking = { ...PEER, isConnected: false, isUseful: false, rate: 0 }
const useless = { ...PEER, isUseful: false, rate: 0 }

test.each<[string, Partial<DownloadSymptoms>, ReturnType<typeof diagnose>]>([
  ['a fast download is well', {}, [{ kind: 'well', rate: 1_000_000 }]],
  ['nobody is known', { peers: [], knownPeers: 0 }, [{ kind: 'noPeersKnown' }]],
  ['nobody answers', { peers: [asking], knownPeers: 7 }, [{ kind: 'noneConnected', known: 7 }]],
  ['everybody chokes', { peers: [choking, choking, useless] }, [{ kind: 'allChoke', choking: 2 }]],
  ['one of those who choke serves', { peers: [choking, PEER] }, [{ kind: 'well', rate: 1_000_000 }]],
  [
    'nobody has what is missing',
    { peers: [useless], absentPieces: 3 },
    [{ kind: 'nobodyHas', pieces: 3, connected: 1 }],
  ],
  [
    'pieces are absent, and the others come slowly',
    { peers: [{ ...PEER, ...slow }], absentPieces: 3 },
    [
      { kind: 'peersSlow', serving: 1, rate: 10_000 },
      { kind: 'nobodyHas', pieces: 3, connected: 1 },
    ],
  ],
  ['the disk is behind, whatever else', { isDiskBehind: true, peers: [] }, [{ kind: 'diskBehind' }]],
  [
    'its own limit is reached',
    { ...slow, limit: 10_100, peers: [{ ...PEER, ...slow }] },
    [{ kind: 'limited', scope: 'torrent', limit: 10_100 }],
  ],
  [
    'the limit of the peer is reached by all together',
    { ...slow, peerLimit: 500_000, peerRate: 480_000, peers: [{ ...PEER, ...slow }] },
    [{ kind: 'limited', scope: 'peer', limit: 500_000 }],
  ],
  [
    'a limit that is far away is not the reason',
    { ...slow, limit: 500_000, peers: [{ ...PEER, ...slow }] },
    [{ kind: 'peersSlow', serving: 1, rate: 10_000 }],
  ],
  [
    'trackers fail besides',
    { peers: [], knownPeers: 0, failingTrackers: 1 },
    [{ kind: 'noPeersKnown' }, { kind: 'trackersFail', failing: 1, trackers: 2 }],
  ],
])('%s', (_, symptoms, findings) => {
  expect(diagnose({ ...DOWNLOAD, ...symptoms })).toEqual(findings)
})

test.each<[string, Partial<SeedSymptoms>, ReturnType<typeof diagnose>]>([
  ['a share that is taken is well', {}, [{ kind: 'well', rate: 1_000_000 }]],
  ['nobody wants it', { interested: 0, rate: 0 }, [{ kind: 'nobodyWants', connected: 2 }]],
  [
    'it gives as much as it may',
    { limit: 1_000_000 },
    [{ kind: 'limited', scope: 'torrent', limit: 1_000_000 }],
  ],
  [
    'the peer gives as much as it may, and no tracker knows of it',
    { rate: 5, peerLimit: 1_000_000, failingTrackers: 1 },
    [
      { kind: 'limited', scope: 'peer', limit: 1_000_000 },
      { kind: 'trackersFail', failing: 1, trackers: 1 },
    ],
  ],
])('%s', (_, symptoms, findings) => {
  expect(diagnose({ ...SEED, ...symptoms })).toEqual(findings)
})
