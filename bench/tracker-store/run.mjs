import { randomBytes } from 'node:crypto'
import { MemoryStore } from '../../dist/tracker/store/memory.js'

const WANTED = 50
const ROUND = 500_000

/** Milliseconds of processor time: what others do on the machine counts less. */
const cpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(0)

/** Peers at random addresses, `peers / swarms` to a swarm, in one buffer: an object each would be what is measured. */
const crowd = (peers, swarms) => {
  const infoHashes = randomBytes(20 * swarms)
  const addresses = randomBytes(4 * peers)
  for (let at = 0; at < addresses.length; at += 4) addresses[at] = 1 + (addresses[at] % 9)
  const peerId = Buffer.from('-XX0000-............')
  const announce = {
    infoHash: infoHashes.subarray(0, 20),
    peerId,
    address: addresses.subarray(0, 4),
    port: 6881,
    role: 'leecher',
    event: undefined,
    wanted: WANTED,
    families: 'IPv4',
    withPeerIds: false,
  }
  return (peer) => {
    const swarm = peer % swarms
    announce.infoHash = infoHashes.subarray(20 * swarm, 20 * swarm + 20)
    announce.address = addresses.subarray(4 * peer, 4 * peer + 4)
    announce.role = peer % 3 === 0 ? 'seeder' : 'leecher'
    peerId.writeUInt32LE(peer, 8)
    return announce
  }
}

const memory = () => {
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().rss
}

const measure = (peers, swarms) => {
  const announceOf = crowd(peers, swarms)
  const store = new MemoryStore({ mode: 'open' })
  for (let turn = 0; turn < 1000; turn++) new MemoryStore({ mode: 'open' }).announce(announceOf(turn), 0)
  const before = memory()
  let slowest = 0
  const begun = performance.now()
  const filled = cpu()
  for (let peer = 0; peer < peers; peer++) {
    const start = performance.now()
    store.announce(announceOf(peer), start)
    slowest = Math.max(slowest, performance.now() - start)
  }
  const filling = cpu() - filled
  const used = memory() - before
  const start = cpu()
  const now = performance.now()
  for (let turn = 0; turn < ROUND; turn++) {
    store.announce(announceOf(Math.floor(Math.random() * peers)), now)
  }
  const time = cpu() - start
  const sweep = performance.now()
  store.expire(begun + 1)
  const cells = [peers, swarms, (peers / filling).toFixed(0), slowest.toFixed(1), (ROUND / time).toFixed(0)]
  const more = [megabytes(used), (used / peers).toFixed(0), (performance.now() - sweep).toFixed(1)]
  console.log(`| ${[...cells, ...more].join(' | ')} |`)
}

if (process.argv[2] === undefined) {
  const { spawnSync } = await import('node:child_process')
  console.log('| peers | swarms | new peers/ms | slowest ms | announces/ms | MB | bytes a peer | sweep ms |')
  console.log('|---|---|---|---|---|---|---|---|')
  for (const size of [
    [100_000, 10_000],
    [1_000_000, 100_000],
    [1_000_000, 100],
  ])
    spawnSync(process.execPath, ['--expose-gc', process.argv[1], ...size.map(String)], { stdio: 'inherit' })
} else measure(Number(process.argv[2]), Number(process.argv[3]))
