import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Place } from './place.js'

/** Ends the program with this process, also where this process is killed. */
const DIES_WITH_US = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL'] : []

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Why a program cannot be run: undefined where `command` ends with 0. */
export const whyNotInstalled = (name: string, command: readonly string[]): string | undefined => {
  const [file = '', ...words] = command
  return spawnSync(file, words, { stdio: 'ignore' }).status === 0 ? undefined : `${name} is not installed`
}

interface ProgramOptions {
  readonly name: string
  readonly command: readonly string[]
  readonly place: Place
  readonly folder: string
  /** Milliseconds until what is awaited is given up. */
  readonly patience: number
}

/** A process with all that it printed. */
export class Program {
  output = ''
  readonly #name: string
  readonly #patience: number
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #hasEnded = false
  #waits: (() => void)[] = []

  constructor({ name, command, place, folder, patience }: ProgramOptions) {
    this.#name = name
    this.#patience = patience
    const [file = '', ...words] = [...place.prefix, ...DIES_WITH_US, ...command]
    const env = { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8' }
    this.#child = spawn(file, words, { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] })
    running.add(this.#child)
    this.#ended = once(this.#child, 'close').then(
      () => this.#end(''),
      (error: unknown) => this.#end(String(error)),
    )
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#add(text))
    this.#child.stdin?.on('error', () => undefined)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  /** Resolves to the first match in what it printed. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    return this.waitFor(String(pattern), async () => pattern.exec(this.output) ?? undefined)
  }

  /** Looks whenever it printed something, and every 20 ms for what others must be asked for. */
  async waitFor<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
    const deadline = performance.now() + this.#patience
    for (;;) {
      const found = await look()
      if (found !== undefined) return found
      if (this.#hasEnded) throw this.#failure(`ended without ${what}`)
      if (performance.now() > deadline) throw this.#failure(`had no ${what} in ${this.#patience} ms`)
      await this.#change()
    }
  }

  /** Stops it where it is until `released`. */
  async pausedUntil(released: Promise<void>): Promise<void> {
    this.#child.kill('SIGSTOP')
    await released
    this.#child.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  async #change(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#waits.push(resolve)
      timer = setTimeout(resolve, 20)
    })
    clearTimeout(timer)
  }

  #failure(why: string): Error {
    return new Error(`${this.#name} ${why}:\n${this.output}`)
  }

  #add(text: string): void {
    this.output += text
    for (const wait of this.#waits.splice(0)) wait()
  }

  #end(why: string): void {
    this.#hasEnded = true
    running.delete(this.#child)
    this.#add(why)
  }
}
