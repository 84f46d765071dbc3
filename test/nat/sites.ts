import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { whyNoNetwork } from '../interop/client/network.js'

/** How a machine is connected to the others. */
export const KINDS = ['open', 'firewall', 'masquerade', 'random', 'refusing', 'upnp'] as const
export type Kind = (typeof KINDS)[number]

const SCRIPT = fileURLToPath(new URL('network.sh', import.meta.url))

/** Why no sites can be made here; undefined where they can. */
export const whyNoSites = (): string | undefined => {
  const why = whyNoNetwork()
  if (why !== undefined) return why
  for (const program of ['nft', 'miniupnpd'])
    if (spawnSync(program, ['--version']).error !== undefined) return `${program} is not installed`
  return undefined
}

/** One machine. */
export interface Site {
  readonly kind: Kind
  /** Words before a command that runs there. */
  readonly prefix: readonly string[]
  /** The same for its router; the machine's own where it has none. */
  readonly routerPrefix: readonly string[]
}

/** Where the tracker listens. */
export const TRACKER_HOST = '11.0.0.250'

/** Machines behind routers, and one for a tracker. Ends with this process. */
export class Sites {
  readonly sites: readonly Site[]
  readonly tracker: readonly string[]
  /** One more machine that all can reach. */
  readonly other: readonly string[]
  readonly #shell: ChildProcess

  private constructor(shell: ChildProcess, kinds: readonly Kind[]) {
    const prefix = (name: string): string[] => ['nsenter', `--net=/proc/${shell.pid}/root/run/netns/${name}`]
    this.#shell = shell
    this.tracker = prefix('tracker')
    this.other = prefix('other')
    this.sites = kinds.map((kind, index) => ({
      kind,
      prefix: prefix(`h${index + 1}`),
      routerPrefix: prefix(kind === 'open' ? `h${index + 1}` : `r${index + 1}`),
    }))
  }

  static async open(
    kinds: readonly Kind[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Sites> {
    const words = kinds.map((kind, index) => `${kind}=${index + 1}`)
    const flags = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc']
    const shell = spawn('unshare', [...flags, 'sh', SCRIPT, ...words], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    })
    const [first] = (await Promise.race([once(shell.stdout, 'data'), once(shell, 'exit')])) as [unknown]
    if (String(first) !== 'ready\n') throw new Error(`no sites: ${String(first)}`)
    return new Sites(shell, kinds)
  }

  async close(): Promise<void> {
    const ended = once(this.#shell, 'exit')
    this.#shell.kill('SIGKILL')
    await ended
  }
}
