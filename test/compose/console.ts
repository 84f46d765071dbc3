import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** How long an output may take to come, in milliseconds. */
const PATIENCE = 40_000

/** What a container prints, and what is typed into it. */
export class Console {
  readonly name: string
  /** Holds the id of the program's process in the namespace of its host. */
  readonly idFile: string
  output = ''
  readonly #process: ChildProcess
  readonly #ended: Promise<unknown>
  /** How much of the output was looked at. */
  #seen = 0
  #wake: () => void = () => undefined

  constructor(name: string, idFile: string, [command = '', ...words]: readonly string[]) {
    this.name = name
    this.idFile = idFile
    this.#process = spawn(command, words, { stdio: 'pipe' })
    this.#ended = once(this.#process, 'close').then(() => this.#wake())
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        this.#wake()
      })
  }

  /** Types a line. */
  enter(line: string): void {
    this.#process.stdin?.write(`${line}\n`)
  }

  /** The match of the first output after the last one that was waited for. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const end = AbortSignal.timeout(PATIENCE)
    end.addEventListener('abort', () => this.#wake())
    for (;;) {
      const match = pattern.exec(this.output.slice(this.#seen))
      if (match !== null) {
        this.#seen += match.index + match[0].length
        return match
      }
      if (this.#isOver || end.aborted) throw new Error(`${this.name} does not say ${pattern.source}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** Chooses from the menu once it is there. */
  async choose(entry: number): Promise<void> {
    await this.says(/Choose: ?/)
    this.enter(String(entry))
  }

  /** The exit code, once it has ended. */
  async exit(): Promise<number | null> {
    await this.#ended
    return this.#process.exitCode
  }

  get #isOver(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }
}
