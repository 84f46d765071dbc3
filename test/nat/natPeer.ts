import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('peer.mjs', import.meta.url))

/** What a peer answers. */
export type Told = Readonly<Record<string, unknown>>

/** A peer in a process of its own, somewhere in a network. */
export class NatPeer {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #reader: Interface

  private constructor(child: ChildProcess, reader: Interface) {
    this.#child = child
    this.#reader = reader
    this.#lines = reader[Symbol.asyncIterator]()
  }

  static async start(
    prefix: readonly string[],
    words: readonly string[],
    options: Told = {},
  ): Promise<NatPeer> {
    const [program = '', ...rest] = [...prefix, process.execPath, PROGRAM, ...words, JSON.stringify(options)]
    const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
    const peer = new NatPeer(child, createInterface({ input: child.stdout }))
    await peer.#hear()
    return peer
  }

  /** Has it do one thing, and resolves with what it answers. One at a time. */
  async tell(command: string, words: Told = {}): Promise<Told> {
    this.#child.stdin?.write(`${JSON.stringify({ do: command, ...words })}\n`)
    const answer = await this.#hear()
    if (answer.error !== undefined) throw new Error(`${command}: ${JSON.stringify(answer.error)}`)
    return answer
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const ended = once(this.#child, 'exit')
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(signal)
      await ended
    }
    this.#reader.close()
  }

  async #hear(): Promise<Told> {
    const line = await this.#lines.next()
    if (line.done === true) throw new Error('the peer ended')
    return JSON.parse(line.value) as Told
  }
}
