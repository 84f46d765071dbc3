import { PassThrough } from 'node:stream'
import { commands } from '../../src/cli/commands.js'
import { Interrupt } from '../../src/cli/interrupt.js'
import { runProgram, type World } from '../../src/cli/program.js'
import type { ApiOptions } from '../../src/api/server.js'
import type { TrackerStart } from '../../src/cli/services.js'
import { FakePeer } from './fakePeer.js'

/** A stream that keeps what was written, and lets a test wait for it. */
class Kept {
  text = ''
  #waits: (() => void)[] = []

  readonly write = (text: string): void => {
    this.text += text
    for (const wait of this.#waits.splice(0)) wait()
  }

  /** Resolves once the text has `part` (again, where it was had before `from`). */
  async has(part: string, from = 0): Promise<void> {
    while (!this.text.includes(part, from)) await new Promise<void>((resolve) => this.#waits.push(resolve))
  }
}

/** A command line run in this process, with a fake peer and a fake tracker behind it. */
export class FakeWorld {
  readonly stdout = new Kept()
  readonly stderr = new Kept()
  readonly input = new PassThrough()
  readonly exits: number[] = []
  readonly interrupt = new Interrupt((code) => this.exits.push(code))
  readonly peers: FakePeer[] = []
  readonly trackers: (TrackerStart & { isStopped: boolean })[] = []
  readonly apis: (ApiOptions & { isClosed: boolean })[] = []
  environment: Record<string, string> = {}
  folder = '/nowhere'
  /** Called before an API is opened; it may throw. */
  onApi: () => void = () => undefined
  /** Called with each peer before a command sees it; it may throw. */
  onPeer: (peer: FakePeer) => void = () => undefined

  async run(...words: readonly string[]): Promise<number> {
    return runProgram(commands, words, this.#world())
  }

  /** The only peer that was started. */
  get peer(): FakePeer {
    const [peer] = this.peers
    if (peer === undefined || this.peers.length > 1)
      throw new Error(`${this.peers.length} peers were started`)
    return peer
  }

  /** The objects that were printed, one a line. */
  get events(): readonly Record<string, unknown>[] {
    const lines = this.stdout.text.split('\n').filter((line) => line !== '')
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  #world(): World {
    const { stdout, stderr, input, interrupt, environment, folder } = this
    const startPeer: World['services']['startPeer'] = async (options) => {
      const peer = new FakePeer(options)
      this.onPeer(peer)
      this.peers.push(peer)
      return peer
    }
    const startTracker: World['services']['startTracker'] = async (options) => {
      const tracker = { ...options, isStopped: false }
      this.trackers.push(tracker)
      const stop = async (): Promise<void> => {
        tracker.isStopped = true
      }
      const reload = async (): Promise<void> => undefined
      return { endpoint: { host: options.host, port: options.port || 8888 }, reload, stop }
    }
    const openApi: World['services']['openApi'] = async (options) => {
      this.onApi()
      const api = { ...options, isClosed: false }
      this.apis.push(api)
      const close = async (): Promise<void> => {
        api.isClosed = true
      }
      const endpoint = { ...options.endpoint, port: options.endpoint.port || 4568 }
      return { endpoint, scheme: 'http', fingerprint: undefined, password: undefined, close }
    }
    const services = { startPeer, startTracker, openApi }
    return {
      stdout,
      stderr,
      input,
      terminal: undefined,
      interrupt,
      environment,
      folder,
      services,
      version: '1.2.3',
    }
  }
}
