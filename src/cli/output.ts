import { createColors } from 'picocolors'
import type { ShoalError } from '../protocol/errors.js'
import { createLogger, type Level, type Logger } from '../support/log.js'
import { errorEvent, errorLine, errorStack } from './failure.js'
import { Board, type Screen } from './progress/board.js'

/** A stream that prints, perhaps on a terminal. */
export interface Stream extends Screen {
  readonly isTTY?: boolean
}

export interface OutputOptions {
  readonly stdout: Stream
  readonly stderr: Stream
  readonly isJson: boolean
  readonly isQuiet: boolean
  readonly level: Level
  /** Where bars are drawn; the console draws where it asks. */
  readonly bars: 'stdout' | 'stderr'
  readonly environment: Readonly<Record<string, string | undefined>>
}

type Colors = ReturnType<typeof createColors>

/** Everything a command says: results and JSON on stdout, log lines and errors on stderr, bars on a terminal. */
export class Output {
  readonly logger: Logger
  readonly isJson: boolean
  readonly isQuiet: boolean
  /** Undefined where bars cannot be drawn. */
  readonly board: Board | undefined
  readonly #options: OutputOptions
  readonly #colors: Colors

  constructor(options: OutputOptions) {
    this.#options = options
    this.isJson = options.isJson
    this.isQuiet = options.isQuiet
    const { NO_COLOR, TERM } = options.environment
    const stream = options[options.bars]
    const isScreen = stream.isTTY === true && TERM !== 'dumb'
    this.board = isScreen && !options.isJson && !options.isQuiet ? new Board(stream) : undefined
    this.#colors = createColors(isScreen && (NO_COLOR ?? '') === '')
    this.logger = createLogger(options.level, (level, line) => this.#log(level, line))
  }

  /** A result, in words; nothing with --json. */
  line(text: string): void {
    if (!this.isJson) this.#print(text, this.#options.stdout)
  }

  /** What helps a person and is no result: not with --quiet either. */
  note(text: string): void {
    if (!this.isQuiet) this.line(text)
  }

  /** One JSON object on a line of its own; only with --json. */
  event(value: object): void {
    if (this.isJson) this.#options.stdout.write(`${JSON.stringify(value)}\n`)
  }

  /** An error: one line on stderr, the stack at level debug, an object with --json. */
  fail(error: ShoalError): void {
    this.event(errorEvent(error))
    this.#print(this.#colors.red(`error: ${errorLine(error)}`), this.#options.stderr)
    if (this.#options.level === 'debug') this.#print(errorStack(error), this.#options.stderr)
  }

  #log(level: Level, line: string): void {
    const time = new Date().toTimeString().slice(0, 8)
    const text = level === 'info' ? line : `${level}: ${line}`
    this.#print(`${this.#colors.dim(time)} ${this.#tint(level)(text)}`, this.#options.stderr)
  }

  #tint(level: Level): (text: string) => string {
    if (level === 'warn') return this.#colors.yellow
    if (level === 'error') return this.#colors.red
    return level === 'debug' ? this.#colors.dim : String
  }

  #print(text: string, stream: Stream): void {
    if (this.board !== undefined && stream.isTTY === true) this.board.print(text, stream)
    else stream.write(`${text}\n`)
  }
}
