import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster, Redis } from 'ioredis'
import { ShoalError } from '../../../protocol/errors.js'
import type { RedisUrl } from '../storeUrl.js'
import { CATALOG_SCRIPT } from './catalogScript.js'
import { SWARM_SCRIPT } from './swarmScript.js'

/** Milliseconds after which a command that is not answered has failed, and in which a connection must be made. */
const ANSWER_TIME = 3_000

/** Milliseconds that a tracker waits for the store when it starts. */
const OPENING_TIME = 10_000

/** Milliseconds between two attempts to connect, at most. */
const PAUSE_MOST = 1_000

type Argument = string | number | Uint8Array

/** The scripts, as ioredis adds them to a client: it sends their text again to a server that lost them. */
interface Scripts {
  catalog(key: string, ...rest: (string | Buffer)[]): Promise<string>
  swarmBuffer(...keysAndRest: (string | Buffer)[]): Promise<unknown>
}

const pauseOf = (attempts: number): number => Math.min(50 * attempts, PAUSE_MOST)

const credentialsOf = ({ username, password, isTls }: RedisUrl) => ({
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
  ...(isTls ? { tls: {} } : {}),
})

const optionsOf = (url: RedisUrl) => ({
  lazyConnect: true,
  // Whoever asks is told at once that the store is away, rather than wait for it.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  commandTimeout: ANSWER_TIME,
  connectTimeout: ANSWER_TIME,
  retryStrategy: pauseOf,
  db: url.database,
  ...credentialsOf(url),
})

const clusterOf = (url: RedisUrl): Cluster => {
  return new Cluster([...url.endpoints], {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: pauseOf,
    redisOptions: {
      commandTimeout: ANSWER_TIME,
      connectTimeout: ANSWER_TIME,
      ...credentialsOf(url),
    },
  })
}

const clientOf = (url: RedisUrl): Redis | Cluster => {
  if (url.isCluster) return clusterOf(url)
  if (url.sentinelName !== undefined) {
    return new Redis({
      ...optionsOf(url),
      sentinels: [...url.endpoints],
      name: url.sentinelName,
      sentinelRetryStrategy: pauseOf,
      ...(url.isTls ? { enableTLSForSentinelMode: true } : {}),
    })
  }
  const [{ host, port } = { host: '', port: 0 }] = url.endpoints
  return new Redis({ ...optionsOf(url), host, port })
}

/** Clusters and sentinels are tried again for ever; a start that fails is to be told. */
const inTime = async (connecting: Promise<void>): Promise<void> => {
  const ended = new AbortController()
  const late = sleep(OPENING_TIME, undefined, { signal: ended.signal }).then(() => {
    throw new Error('not ready in time')
  })
  try {
    await Promise.race([connecting, late])
  } finally {
    ended.abort()
    late.catch(() => undefined)
    connecting.catch(() => undefined)
  }
}

/** Answers of a server that will be ready soon, or of one that has handed its work to another. */
const PASSING = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|UNKILLABLE|BUSY)/

const textOf = (value: Argument): string | Buffer =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : String(value)

/** A connection to Redis that comes back by itself, and fails fast while it is away. */
export class RedisConnection {
  readonly #client: Redis | Cluster
  readonly #scripts: Scripts
  readonly #where: string
  #failure = 'the connection is closed'

  private constructor(url: RedisUrl) {
    this.#client = clientOf(url)
    this.#where = url.endpoints.map(({ host, port }) => `${host}:${port}`).join(', ')
    this.#client.defineCommand('catalog', { numberOfKeys: 1, lua: CATALOG_SCRIPT })
    this.#client.defineCommand('swarm', { numberOfKeys: 4, lua: SWARM_SCRIPT })
    this.#scripts = this.#client as unknown as Scripts
    // Without a listener it would end the process; a command that fails says why.
    this.#client.on('error', (error: Error) => (this.#failure = error.message))
  }

  /** @throws ShoalError STORE_UNREACHABLE, or STORE_FAILED when the server refuses */
  static async open(url: RedisUrl): Promise<RedisConnection> {
    const connection = new RedisConnection(url)
    try {
      await connection.#guard(inTime(connection.#client.connect()))
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  }

  /** One operation on the catalog; its answer as JSON. */
  catalog(key: string, op: string, args: string, metainfo: Uint8Array | undefined): Promise<string> {
    const rest = metainfo === undefined ? [] : [textOf(metainfo)]
    return this.#guard(this.#scripts.catalog(key, op, args, ...rest))
  }

  /** One operation on a swarm; texts in its answer are bytes. */
  swarm(key: string, args: readonly Argument[]): Promise<unknown> {
    const keys = [`${key}:m`, `${key}:s`, `${key}:l`, `${key}:i`]
    return this.#guard(this.#scripts.swarmBuffer(...keys, ...args.map(textOf)))
  }

  bytes(key: string): Promise<Buffer | null> {
    return this.#guard(this.#client.getBuffer(key))
  }

  /** The server's clock, in milliseconds. */
  async time(): Promise<number> {
    const [seconds, microseconds] = await this.#guard(this.#client.time())
    return Number(seconds) * 1000 + Number(microseconds) / 1000
  }

  /** The keys that match, of all servers. */
  async keys(pattern: string): Promise<readonly string[]> {
    const nodes = this.#client instanceof Cluster ? this.#client.nodes('master') : [this.#client]
    const found: string[] = []
    for (const node of nodes) {
      for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
        const [next, keys] = await this.#guard(node.scan(cursor, 'MATCH', pattern, 'COUNT', 1000))
        cursor = next
        found.push(...keys)
      }
    }
    return found
  }

  /** Has `note` called whenever a server is ready again. */
  onReady(note: () => void): void {
    this.#client.on('ready', note)
  }

  close(): void {
    this.#client.disconnect()
  }

  async #guard<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer
    } catch (error) {
      throw this.#errorOf(error as Error)
    }
  }

  #errorOf(error: Error): ShoalError {
    const isRefusal = error.name === 'ReplyError' && !PASSING.test(error.message)
    if (isRefusal)
      return new ShoalError('STORE_FAILED', `the store at ${this.#where} refused: ${error.message}`)
    const why = error.name === 'ReplyError' ? error.message : this.#failure
    return new ShoalError('STORE_UNREACHABLE', `no answer from the store at ${this.#where}: ${why}`, {
      cause: error,
    })
  }
}
