import { createInterface, type Interface } from 'node:readline'
import type { Interrupt } from '../interrupt.js'
import type { Output } from '../output.js'
import type { Prompt } from '../progress/board.js'
import { displayWidth } from '../text.js'
import { completePath } from './completePath.js'

export interface AskerOptions {
  readonly input: NodeJS.ReadableStream
  /** Where both sides are a terminal: there a line is edited and completed; else each line of the input is an answer. */
  readonly terminal: NodeJS.WriteStream | undefined
  readonly output: Output
  readonly interrupt: Interrupt
}

/** Lines that came before they were asked for; an input that sends more is not read on until they are used. */
const MAX_WAITING_LINES = 1000

/** Asks questions, one at a time, of a terminal or of a pipe. */
export class Asker {
  readonly #options: AskerOptions
  readonly #lines: string[] = []
  readonly #readline: Interface
  #answer: ((line: string | undefined) => void) | undefined
  #hint: 'path' | undefined
  #isClosed = false

  constructor(options: AskerOptions) {
    this.#options = options
    const { input, terminal } = options
    this.#readline =
      terminal === undefined
        ? createInterface({ input })
        : createInterface({ input, output: terminal, completer: (line: string) => this.#complete(line) })
    this.#readline.on('line', (line) => this.#take(line))
    this.#readline.on('SIGINT', () => options.interrupt.raise())
    this.#readline.on('close', () => this.#end())
    options.interrupt.signal.addEventListener('abort', () => this.close())
  }

  get isTerminal(): boolean {
    return this.#options.terminal !== undefined
  }

  /** The next line, without white space around it; undefined once there are no more. */
  readonly ask = async (question: string, hint?: 'path'): Promise<string | undefined> => {
    if (this.#isClosed && this.#lines.length === 0) return undefined
    this.#hint = hint
    this.#show(question)
    const waiting = this.#lines.shift()
    if (this.#lines.length < MAX_WAITING_LINES && !this.#isClosed) this.#readline.resume()
    const line = waiting ?? (await new Promise<string | undefined>((resolve) => (this.#answer = resolve)))
    this.#hint = undefined
    return line?.trim()
  }

  close(): void {
    if (!this.#isClosed) this.#readline.close()
  }

  #show(question: string): void {
    const { terminal, output } = this.#options
    if (terminal === undefined) return output.note(question.trim())
    this.#readline.setPrompt(question)
    this.#readline.prompt()
    if (output.board !== undefined) output.board.prompt = this.#promptBelow()
  }

  /**
   * Readline goes up by as many rows as the cursor was below its prompt when it last drew; what was pasted since
   * makes that wrong. The board has put the cursor where the prompt begins, so there is nothing to go up.
   */
  #promptBelow(): Prompt {
    const readline: Interface & { prevRows?: number } = this.#readline
    return {
      rows: () => readline.getCursorPos().rows,
      redraw: () => {
        readline.prevRows = 0
        readline.prompt(true)
      },
    }
  }

  #take(line: string): void {
    const { terminal, output } = this.#options
    if (terminal !== undefined && this.#answer !== undefined) {
      const typed = this.#readline.getPrompt() + line
      output.board?.absorb(typed, Math.floor(displayWidth(typed) / (terminal.columns || 80)) + 1)
    }
    const answer = this.#answer
    this.#answer = undefined
    if (answer !== undefined) return answer(line)
    this.#lines.push(line)
    if (this.#lines.length >= MAX_WAITING_LINES) this.#readline.pause()
  }

  #complete(line: string): [string[], string] {
    return this.#hint === 'path' ? completePath(line) : [[], line]
  }

  #end(): void {
    this.#isClosed = true
    if (this.#options.output.board !== undefined) this.#options.output.board.prompt = undefined
    this.#answer?.(undefined)
    this.#answer = undefined
  }
}
