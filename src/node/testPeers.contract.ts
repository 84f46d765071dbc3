import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { silentLogger } from '../support/silentLogger.contract.js'
import { startTracker } from '../tracker/tracker.js'
import type { Endpoint } from '../protocol/ids.js'
import type { NodeOptions, ShoalPeer } from './api.js'
import { startPeer } from './node.js'

/** Real peers over loopback, with all that they write in one folder; everything is gone after the test. */
export class TestPeers {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async open(): Promise<TestPeers> {
    const folder = await mkdtemp(join(tmpdir(), 'shoal-peers-'))
    // What is registered last is done first: peers stop before their folder goes.
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    return new TestPeers(folder)
  }

  /** A running peer whose output and state are called by `name`: the same name begins where the last one ended. */
  async peer(name: string, options: Partial<NodeOptions> = {}): Promise<ShoalPeer> {
    const started = await startPeer({
      host: '127.0.0.1',
      port: 0,
      anyPortIfTaken: false,
      trackers: [],
      peers: [],
      output: join(this.folder, name),
      state: join(this.folder, `${name}-state`),
      seedLimit: undefined,
      downloadLimit: undefined,
      uploadLimit: undefined,
      allowUnverified: false,
      noSuperSeeding: true,
      logger: silentLogger,
      ...options,
    })
    onTestFinished(() => started.stop())
    return started
  }

  async tracker(): Promise<Endpoint> {
    const started = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger })
    onTestFinished(() => started.stop())
    return started.endpoint
  }

  /** Writes a file of random bytes below `folder`; returns where it is. */
  async write(path: string, size: number): Promise<string> {
    const absolute = join(this.folder, path)
    await mkdir(dirname(absolute), { recursive: true })
    await writeFile(absolute, randomBytes(size))
    return absolute
  }
}
