// A peer that does what it is told on its input, a JSON object a line, and answers each with one. Ends with its input.
//   node peer.mjs STATE TRACKER_HOST TRACKER_PORT [OPTIONS]
import { createInterface } from 'node:readline'
import { createLogger } from '../../dist/support/log.js'
import { startPeer } from '../../dist/node/node.js'

const [state, host, port, options = '{}'] = process.argv.slice(2)
const level = process.env.SHOAL_NAT_LOG ?? 'silent'
const peer = await startPeer({
  host: '0.0.0.0',
  port: 8001,
  anyPortIfTaken: false,
  trackers: [{ host, port: Number(port) }],
  peers: [],
  noLocalDiscovery: true,
  output: state,
  state,
  seedLimit: undefined,
  downloadLimit: undefined,
  uploadLimit: undefined,
  allowUnverified: false,
  logger: createLogger(level, (_, line) =>
    process.stderr.write(`${performance.now().toFixed(0)} ${state.split('/').pop()} ${line}\n`),
  ),
  ...JSON.parse(options),
})

const until = async (isTrue, pause = 5) => {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, pause))
}

const running = new Map()

/** Fetches, and says by which way the first byte came, and after how many milliseconds. */
const get = async ({ id, output, limit }) => {
  const begun = performance.now()
  const limits = limit === undefined ? {} : { limits: { download: limit } }
  const transfer = await peer.get(String(id), { output, seed: false, ...limits })
  running.set(id, transfer)
  await until(
    () =>
      transfer.status.peers.some(({ downloaded }) => downloaded > 0) || transfer.status.error !== undefined,
  )
  const first = performance.now() - begun
  const ways = transfer.status.peers.filter(({ downloaded }) => downloaded > 0).map(({ way }) => way)
  const areSecure = transfer.status.peers
    .filter(({ downloaded }) => downloaded > 0)
    .map(({ isSecure }) => isSecure)
  if (limit === undefined) await transfer.complete
  return { first, ways, areSecure }
}

const COMMANDS = {
  share: async ({ path }) => {
    const transfer = await peer.share(path)
    await transfer.complete
    return { id: transfer.status.torrentId }
  },
  /** Waits until it is known how others reach this peer; with `mapped` until the router passes on its port too. */
  settle: async ({ mapped = false }) => {
    await until(
      () =>
        peer.status.reach.isReachable !== undefined && (!mapped || peer.status.reach.mapping !== undefined),
    )
    if (mapped) await until(() => peer.status.reach.isReachable === true)
    return peer.status.reach
  },
  get,
  ways: ({ id }) => ({
    ways: running
      .get(id)
      .status.peers.filter(({ state }) => state !== 'connecting')
      .map(({ way }) => way),
  }),
  reach: () => peer.status.reach,
}

const stop = async () => {
  await peer.stop()
  process.exit(0)
}
process.once('SIGTERM', () => void stop())
console.log(JSON.stringify({ peerId: peer.peerId }))
for await (const line of createInterface({ input: process.stdin })) {
  const { do: command, ...words } = JSON.parse(line)
  void Promise.resolve(COMMANDS[command](words)).then(
    (answer) => console.log(JSON.stringify({ command, ...answer })),
    (error) => console.log(JSON.stringify({ command, error: error.stack ?? error.message })),
  )
}
await stop()
