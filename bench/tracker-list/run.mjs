import { fork } from 'node:child_process'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createLogger } from '../../dist/support/log.js'
import { MemoryStore } from '../../dist/tracker/store/memory.js'
import { startTracker } from '../../dist/tracker/tracker.js'

const TORRENTS = 1000
const PEERS = 50
const WARM_UP = 200
const RUNS = 1000

const hex = (number, length) => number.toString(16).padStart(length, '0')

/** 1,000 torrents, each with 25 seeders and 25 leechers of its own. */
const filledStore = () => {
  const store = new MemoryStore()
  const now = performance.now()
  for (let id = 1; id <= TORRENTS; id++) {
    const facts = { fileName: `Some film of the year ${id}.mkv`, chunks: 50_000, fileSize: 819_200_000 }
    const content = { ...facts, infoHash: hex(id, 64), isProven: false }
    for (let peer = 0; peer < PEERS; peer++) {
      const number = id * PEERS + peer
      const source = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`
      const registrant = { peerId: hex(number, 32), source, listed: { host: source, port: 8001, wires: [] } }
      if (peer < PEERS / 2) store.publish(registrant, content, now)
      else store.join(registrant, { torrentId: id, infoHash: undefined }, 'leecher', now)
    }
  }
  return store
}

const serve = async () => {
  const store = filledStore()
  const tracker = await startTracker({
    host: '127.0.0.1',
    port: 0,
    logger: createLogger('silent', () => undefined),
    store,
  })
  process.send(tracker.endpoint.port)
  process.on('disconnect', () => void tracker.stop())
}

const request = (fields) =>
  JSON.stringify({ OP_CODE: 100, IP_ADDRESS: '127.0.0.1', PORT: '8001', PEER_ID: hex(1, 32), ...fields })

/** One request on a kept connection, from its first byte out to the answer's last byte in. */
const ask = (socket, text) =>
  new Promise((resolve) => {
    const start = performance.now()
    let bytes = 0
    const receive = (part) => {
      bytes += part.length
      if (part[part.length - 1] !== 0x0a) return
      socket.off('data', receive)
      resolve({ milliseconds: performance.now() - start, bytes })
    }
    socket.on('data', receive)
    socket.write(text)
  })

const measure = async (port, name, fields) => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const times = []
  let size = 0
  for (let run = 0; run < WARM_UP + RUNS; run++) {
    const { milliseconds, bytes } = await ask(socket, request(fields(run)))
    if (run >= WARM_UP) times.push(milliseconds)
    size = bytes
  }
  socket.destroy()
  times.sort((left, right) => left - right)
  const at = (share) => times[Math.floor(share * (times.length - 1))].toFixed(2)
  console.log(`| ${name} | ${size} | ${at(0.5)} | ${at(0.99)} | ${at(1)} |`)
}

const main = async () => {
  const child = fork(fileURLToPath(import.meta.url), ['serve'])
  const port = await new Promise((resolve) => child.once('message', resolve))
  console.log('| page | bytes | median ms | 99th percentile | worst |')
  console.log('|---|---|---|---|---|')
  await measure(port, 'first, no LIMIT', () => ({}))
  await measure(port, 'any, no LIMIT', (run) => ({ OFFSET: (run * 7) % TORRENTS }))
  await measure(port, 'LIMIT 100', (run) => ({ OFFSET: (run * 7) % 900, LIMIT: 100 }))
  await measure(port, 'LIMIT 1000, cut at 1 MiB', () => ({ LIMIT: 1000 }))
  await measure(port, 'QUERY, one hit', (run) => ({ QUERY: `YEAR ${100 + (run % 900)}`, LIMIT: 1000 }))
  await measure(port, 'QUERY, no hit', () => ({ QUERY: 'no such film' }))
  child.disconnect()
}

await (process.argv[2] === 'serve' ? serve() : main())
