// What well-behaved clients notice while others do their worst:
//   npm run build && node bench/tracker/hostile.mjs [--seconds 60]
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '60' } },
  allowPositionals: true,
})

/** Limits per address do not hold for loopback unless they are set, and the hostile come from another address of it. */
const HOSTILE = '127.0.0.66'
const LIMITS = ['--requests-per-second', '200', '--connections-per-address', '200']

/** Milliseconds between two requests of the well-behaved by each of HTTP and UDP. */
const EVERY = 10

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Opens a connection, lets `use` work on it, and opens the next when it is gone, for ever. */
const keepOpening = (port, use) => {
  const socket = connect({ port, host: '127.0.0.1', localAddress: HOSTILE })
  socket.on('error', () => undefined)
  socket.on('close', () => setTimeout(() => keepOpening(port, use), 20))
  socket.once('connect', () => use(socket))
  socket.resume()
}

const trickle = (text) => (socket) => {
  socket.write(text)
  const timer = setInterval(() => socket.write('x'), 500)
  socket.once('close', () => clearInterval(timer))
}

const flood = (port) => {
  const socket = createSocket('udp4').bind(0, HOSTILE)
  const datagrams = Array.from({ length: 64 }, (_, index) => randomBytes(16 + 20 * index))
  const announce = randomBytes(98)
  announce.writeUInt32BE(1, 8)
  const send = () => {
    for (const datagram of datagrams) socket.send(datagram, port, '127.0.0.1')
    for (let count = 0; count < 64; count++) socket.send(announce, port, '127.0.0.1')
    setTimeout(send, 5)
  }
  socket.once('listening', send)
}

const attack = (port) => {
  for (let count = 0; count < 40; count++) keepOpening(port, trickle('GET /announce?info_hash='))
  for (let count = 0; count < 20; count++) keepOpening(port, trickle('{"OP_CODE":'))
  for (let count = 0; count < 10; count++) keepOpening(port, (socket) => socket.write(randomBytes(4096)))
  for (let count = 0; count < 10; count++)
    keepOpening(port, (socket) => socket.write(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`))
  for (let count = 0; count < 10; count++)
    keepOpening(port, (socket) => socket.write(`{"OP_CODE":100,"QUERY":"${'q'.repeat(80_000)}"}`))
  for (let count = 0; count < 10; count++)
    keepOpening(port, (socket) => socket.write('GET /torrents HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(60)))
  flood(port)
}

const memoryOf = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024

const agent = new Agent({ keepAlive: true, maxSockets: 4 })
const askHttp = (port) =>
  new Promise((resolve) => {
    const began = performance.now()
    const query = `info_hash=${'h'.repeat(20)}&peer_id=${'p'.repeat(20)}&port=1&left=0`
    const request = get({ host: '127.0.0.1', port, path: `/announce?${query}`, agent }, (response) => {
      response
        .resume()
        .on('end', () => resolve(response.statusCode === 200 ? performance.now() - began : undefined))
    })
    request.on('error', () => resolve(undefined))
  })

const askUdp = (socket, port, waiting, number) =>
  new Promise((resolve) => {
    const began = performance.now()
    const datagram = Buffer.alloc(16)
    datagram.writeBigUInt64BE(0x41727101980n)
    datagram.writeUInt32BE(number, 12)
    const timer = setTimeout(() => resolve(undefined), 2000)
    waiting.set(number, () => {
      clearTimeout(timer)
      resolve(performance.now() - began)
    })
    socket.send(datagram, port, '127.0.0.1')
  })

/** Asks for so many seconds, and returns how long each answer took; undefined for none. */
const ask = async (port, seconds) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  const waiting = new Map()
  socket.on('message', (answer) => waiting.get(answer.readUInt32BE(4))?.())
  const asked = { http: [], udp: [] }
  const end = performance.now() + 1000 * seconds
  for (let number = 1; performance.now() < end; number++) {
    asked.http.push(askHttp(port))
    asked.udp.push(askUdp(socket, port, waiting, number))
    await new Promise((resolve) => setTimeout(resolve, EVERY))
  }
  const times = { http: await Promise.all(asked.http), udp: await Promise.all(asked.udp) }
  socket.close()
  return times
}

const describe = (times) => {
  const known = times.filter((time) => time !== undefined).sort((left, right) => left - right)
  const at = (part) => known[Math.floor(known.length * part)]?.toFixed(1)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${times.length - known.length} of ${times.length} not answered`
}

const measure = async () => {
  const words = [
    'tracker',
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--mode',
    'open',
    '--store',
    'memory:',
    '--json',
  ]
  const tracker = spawn(process.execPath, [PROGRAM, ...words, ...LIMITS], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [line] = await once(createInterface({ input: tracker.stdout }), 'line')
  const { port } = JSON.parse(line)
  const report = async (what, seconds) => {
    const { http, udp } = await ask(port, seconds)
    console.log(
      `${what}\n  HTTP ${describe(http)}\n  UDP  ${describe(udp)}\n  memory ${memoryOf(tracker.pid).toFixed(0)} MiB`,
    )
  }
  await report('alone', 3)
  const hostile = spawn(process.execPath, [fileURLToPath(import.meta.url), String(port)], { stdio: 'ignore' })
  await report('beside the hostile, first 5 s', 5)
  await report(`beside the hostile, ${values.seconds} s`, Number(values.seconds))
  hostile.kill('SIGKILL')
  await report('alone again', 3)
  tracker.kill('SIGKILL')
}

if (positionals.length > 0) attack(Number(positionals[0]))
else {
  await measure()
  process.exit(0)
}
