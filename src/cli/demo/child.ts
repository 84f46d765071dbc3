import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ShoalError } from '../../protocol/errors.js'
import { sentence } from '../failure.js'
import type { ChildEvent, EventOf } from './childEvent.js'

const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url))

/** How long a program may take to stop before it is ended, in milliseconds. */
const STOP_TIME = 3000

/** Characters of what a program said last that an error repeats. */
const MAX_TAIL = 400

/** The demo's programs are set by their flags alone. */
const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SHOAL_')))

interface Wait {
  readonly name: string
  readonly resolve: (event: ChildEvent) => void
  readonly reject: (error: Error) => void
}

/** One of the demo's programs: this same executable in a process of its own, read event by event. */
export class Child {
  readonly name: string
  readonly #process: ChildProcess
  readonly #seen: ChildEvent[] = []
  readonly #onEvent: (event: ChildEvent) => void
  readonly #ended: Promise<unknown>
  #waits: Wait[] = []
  #failure: ShoalError | undefined
  #tail = ''

  constructor(
    name: string,
    args: readonly string[],
    folder: string,
    onEvent: (event: ChildEvent) => void = () => undefined,
  ) {
    this.name = name
    this.#onEvent = onEvent
    this.#process = spawn(process.execPath, [PROGRAM, ...args, '--json'], {
      cwd: folder,
      env: cleanEnvironment(),
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    })
    this.#process.stdin?.on('error', () => undefined)
    this.#ended = once(this.#process, 'close').catch(() => undefined)
    this.#process.once('error', (error) => this.#fail(error.message))
    this.#process.once('close', (code) => this.#fail(this.#tail || `it ended with code ${code}`))
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => this.#keep(text))
    if (this.#process.stdout)
      createInterface({ input: this.#process.stdout }).on('line', (line) => this.#read(line))
  }

  /** The first event called `name`, also where it is past. @throws ShoalError when the program fails or ends before it */
  async waitFor<Name extends ChildEvent['event']>(name: Name): Promise<EventOf<Name>> {
    const past = this.#seen.find((event) => event.event === name)
    if (past !== undefined) return past as EventOf<Name>
    if (this.#failure !== undefined) throw this.#failure
    return new Promise((resolve, reject) => {
      this.#waits.push({ name, resolve: (event) => resolve(event as EventOf<Name>), reject })
    })
  }

  /** Types lines, as a person does at its console. */
  type(...lines: readonly string[]): void {
    this.#process.stdin?.write(lines.map((line) => `${line}\n`).join(''))
  }

  /** Ends it cleanly, or by force where that takes long. */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM')
    const timer = setTimeout(() => this.kill(), STOP_TIME)
    await this.#ended
    clearTimeout(timer)
  }

  /** Ends it at once. */
  kill(): void {
    this.#process.kill('SIGKILL')
  }

  #keep(text: string): void {
    this.#tail = (this.#tail + text).slice(-MAX_TAIL)
  }

  #read(line: string): void {
    const event = JSON.parse(line) as ChildEvent
    if (event.event === 'error') return this.#fail(event.message, event.code)
    if (event.event !== 'progress') this.#seen.push(event)
    this.#onEvent(event)
    const met = this.#waits.filter(({ name }) => name === event.event)
    this.#waits = this.#waits.filter(({ name }) => name !== event.event)
    for (const { resolve } of met) resolve(event)
  }

  #fail(reason: string, code: ShoalError['code'] = 'INTERNAL'): void {
    this.#failure ??= new ShoalError(code, `The demo's ${this.name} failed: ${sentence(reason.trim())}`)
    for (const { reject } of this.#waits) reject(this.#failure)
    this.#waits = []
  }
}
