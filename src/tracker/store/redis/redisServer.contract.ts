import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0
if (!hasRedis) console.log('redis-server is not installed: the tests of the Redis store are skipped')

/** A port that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** A real server of its own, with its data in a folder of its own. */
export class RedisServer {
  readonly #folder: string
  readonly #words: readonly string[]
  #process: ChildProcess | undefined

  private constructor(
    readonly port: number,
    folder: string,
    words: readonly string[],
  ) {
    this.#folder = folder
    this.#words = words
  }

  static async start(...words: string[]): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'shoal-redis-'))
    const server = new RedisServer(await freePort(), folder, words)
    await server.start()
    return server
  }

  /** A sentinel that watches `master`, which it calls `name`. */
  static async sentinel(name: string, master: RedisServer): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'shoal-sentinel-'))
    const file = join(folder, 'sentinel.conf')
    await writeFile(file, `sentinel monitor ${name} 127.0.0.1 ${master.port} 1\n`)
    const sentinel = new RedisServer(await freePort(), folder, [file, '--sentinel'])
    await sentinel.start()
    return sentinel
  }

  /** Starts it, again with what it had written. */
  async start(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder]
    const isSentinel = this.#words.includes('--sentinel')
    const words = isSentinel
      ? [...this.#words, ...place]
      : [...place, '--appendonly', 'yes', '--save', '', ...this.#words]
    const started = spawn('redis-server', words, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = started
    await new Promise<void>((resolve, reject) => {
      let text = ''
      started.stdout?.setEncoding('utf8').on('data', (part: string) => {
        text += part
        if (/Ready to accept connections|Sentinel ID is/.test(text)) resolve()
      })
      started.once('exit', () => reject(new Error(`redis-server ended: ${text}`)))
    })
  }

  /** Sends it one command. */
  async ask(command: string, ...words: string[]): Promise<unknown> {
    const client = new Redis({ port: this.port, host: '127.0.0.1' })
    try {
      return await client.call(command, ...words)
    } finally {
      client.disconnect()
    }
  }

  /** Kills it, as a machine that fails does. */
  async kill(): Promise<void> {
    const ended = this.#process
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return
    ended.removeAllListeners('exit')
    ended.kill('SIGKILL')
    await once(ended, 'exit')
  }

  async remove(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
