import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

type Event = Record<string, unknown>

/** The built executable in a process of its own. */
export class Shoal {
  readonly process: ChildProcess
  readonly events: Event[] = []
  stdout = ''
  stderr = ''
  readonly #ended: Promise<unknown>
  #waits: (() => void)[] = []

  constructor(words: readonly string[], folder: string, environment: Record<string, string> = {}) {
    this.process = spawn(process.execPath, [PROGRAM, ...words], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#ended = once(this.process, 'close').then(() => this.#wake())
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#wake()
    })
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    if (words.includes('--json') && this.process.stdout)
      createInterface({ input: this.process.stdout }).on('line', (line) => {
        this.events.push(JSON.parse(line) as Event)
        this.#wake()
      })
  }

  /** The exit code, once it has ended. */
  async exit(): Promise<number | null> {
    await this.#ended
    return this.process.exitCode
  }

  /** The first event called `name`. */
  async event(name: string): Promise<Event> {
    await this.#until(() => this.events.some(({ event }) => event === name), `event ${name}`)
    return this.events.find(({ event }) => event === name) ?? {}
  }

  /** Resolves once `part` was printed. */
  async says(part: string): Promise<void> {
    await this.#until(() => this.stdout.includes(part), `output ${part}`)
  }

  /** Ends it as Ctrl-C does; resolves to the exit code. */
  async interrupt(): Promise<number | null> {
    this.process.kill('SIGINT')
    return this.exit()
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    while (!isSo()) {
      if (this.process.exitCode !== null || this.process.signalCode !== null)
        throw new Error(`ended without ${what}: ${this.stdout}${this.stderr}`)
      await new Promise<void>((resolve) => this.#waits.push(resolve))
    }
  }

  #wake(): void {
    for (const wait of this.#waits.splice(0)) wait()
  }
}
