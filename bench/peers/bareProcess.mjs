// The bare program: the bytes of a file as BitTorrent `piece` messages over one TCP connection, nobody asked for them.
// The receiver hashes every block (SHA-256) and writes whole pieces; nothing else of a client is there.
//   send FILE HOST PORT        says "ready"
//   receive FILE SIZE          says "ready", waits for a line HOST:PORT, says "complete"
import { hash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { fstatSync, readv } from 'node:fs'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const BLOCK = 16_384
const HEADER = 13
const PIECE = 1024 * 1024
const BLOCKS = PIECE / BLOCK
/** Pieces that may be on their way to the disk. */
const BUFFERS = 8

const readInto = promisify(readv)

/** Reads the file between the headers of a run of messages, and sends the run with one write. */
const send = async (socket, file, size) => {
  const runs = [0, 1].map(() => Buffer.alloc(BLOCKS * (HEADER + BLOCK)))
  for (let piece = 0; piece * PIECE < size; piece++) {
    const run = runs[piece & 1]
    const length = Math.min(PIECE, size - piece * PIECE)
    const gaps = []
    let end = 0
    for (let offset = 0; offset < length; offset += BLOCK) {
      const block = Math.min(BLOCK, length - offset)
      run.writeUInt32BE(HEADER - 4 + block, end)
      run[end + 4] = 7
      run.writeUInt32BE(piece, end + 5)
      run.writeUInt32BE(offset, end + 9)
      gaps.push(run.subarray(end + HEADER, end + HEADER + block))
      end += HEADER + block
    }
    await readInto(file.fd, gaps, piece * PIECE)
    // The other of the two buffers is free once this write has taken it.
    const written = new Promise((resolve) => socket.write(run.subarray(0, end), resolve))
    if (piece > 0) await socket.before
    socket.before = written
  }
  await socket.before
}

const runSender = async (path, host, port) => {
  const file = await open(path)
  const { size } = fstatSync(file.fd)
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    void send(socket, file, size)
  })
  server.listen(Number(port), host, () => console.log('ready'))
}

/** Walks what arrives: headers into a small buffer, blocks into their piece. */
class Receiver {
  #file
  #size
  #socket
  #header = Buffer.alloc(HEADER)
  #filled = 0
  #left = 0
  #at = 0
  #piece = 0
  #received = 0
  #free = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafeSlow(PIECE))
  #buffer = this.#free.pop()
  #writes = 0

  constructor(file, size, host, port) {
    this.#file = file
    this.#size = size
    const callback = (length, buffer) => this.#take(buffer, length)
    const onread = { buffer: Buffer.allocUnsafeSlow(256 * 1024), callback }
    this.#socket = connect({ host, port, onread })
  }

  #take(bytes, length) {
    for (let at = 0; at < length;)
      at += this.#left === 0 ? this.#head(bytes, at, length) : this.#body(bytes, at, length)
    return true
  }

  #head(bytes, at, length) {
    const count = Math.min(HEADER - this.#filled, length - at)
    bytes.copy(this.#header, this.#filled, at, at + count)
    this.#filled += count
    if (this.#filled < HEADER) return count
    this.#filled = 0
    this.#left = this.#header.readUInt32BE(0) - HEADER + 4
    this.#piece = this.#header.readUInt32BE(5)
    this.#at = this.#header.readUInt32BE(9)
    return count
  }

  #body(bytes, at, length) {
    const count = Math.min(this.#left, length - at)
    bytes.copy(this.#buffer, this.#at, at, at + count)
    this.#at += count
    this.#left -= count
    this.#received += count
    if (this.#left > 0) return count
    hash('sha256', this.#buffer.subarray((this.#at - 1) & -BLOCK, this.#at), 'buffer')
    if (this.#at === PIECE || this.#received === this.#size) this.#write(this.#buffer, this.#at)
    return count
  }

  #write(buffer, length) {
    this.#writes += 1
    this.#buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(PIECE)
    if (this.#free.length === 0) this.#socket.pause()
    void this.#file.write(buffer, 0, length, this.#piece * PIECE).then(() => {
      this.#writes -= 1
      if (this.#free.length < BUFFERS) this.#free.push(buffer)
      this.#socket.resume()
      if (this.#writes === 0 && this.#received === this.#size) console.log('complete')
    })
  }
}

const runReceiver = async (path, size) => {
  const file = await open(path, 'w')
  createInterface({ input: process.stdin }).on('line', (line) => {
    const [host, port] = line.split(':')
    new Receiver(file, Number(size), host, Number(port))
  })
  console.log('ready')
}

const [role, ...words] = process.argv.slice(2)
await (role === 'send' ? runSender(...words) : runReceiver(...words))
