import { setTimeout as delay } from 'node:timers/promises'
import { toShoalError } from '../failure.js'
import type { Asker } from './asker.js'
import type { Console, MenuEntry, Work } from './entry.js'

/** How long a menu waits for work that has begun, so that what is done at once is said before it comes again; milliseconds. */
const GRACE = 300

/** What ended the menu. */
export type MenuEnd = 'quit' | 'unattended'

const helpText = (entries: readonly MenuEntry[]): string[] => [
  'Choose by number; Enter alone shows the menu again.',
  ...entries.flatMap(({ title, help }, index) => [`[${index + 1}] ${title}`, `    ${help}`]),
  'Downloads and shares go on while the menu is used; every chunk is verified before it counts.',
  'A finished download is seeded. What is unfinished when you quit resumes when it is asked for again.',
]

/** The numbered menu: the commands' entries, then help and quit. */
export class Menu {
  readonly #entries: readonly MenuEntry[]
  readonly #console: Console
  readonly #asker: Asker
  #hasQuit = false

  constructor(commandEntries: readonly MenuEntry[], console: Console, asker: Asker) {
    this.#console = console
    this.#asker = asker
    this.#entries = [...commandEntries, this.#help, this.#quit]
  }

  /** Asks until the user quits or there is no one to answer. */
  async run(): Promise<MenuEnd> {
    while (!this.#hasQuit) {
      this.#print()
      const answer = await this.#asker.ask('Choose: ')
      if (answer === undefined) return 'unattended'
      if (answer !== '') await this.#choose(answer)
    }
    return 'quit'
  }

  readonly #help: MenuEntry = {
    title: 'Show help',
    help: 'This text.',
    choose: async () => {
      for (const line of helpText(this.#entries)) this.#console.output.line(line)
      return undefined
    },
  }

  readonly #quit: MenuEntry = {
    title: 'Quit',
    help: 'Tells peers and tracker, saves what is unfinished, and ends.',
    choose: async () => {
      this.#hasQuit = true
      return undefined
    },
  }

  #print(): void {
    const { output } = this.#console
    output.note('')
    this.#entries.forEach(({ title }, index) => output.note(`[${index + 1}] ${title}`))
  }

  #find(answer: string): MenuEntry | undefined {
    if (/^(q|quit|exit)$/i.test(answer)) return this.#quit
    if (/^(h|help|\?)$/i.test(answer)) return this.#help
    return /^[0-9]{1,3}$/.test(answer) ? this.#entries[Number(answer) - 1] : undefined
  }

  async #choose(answer: string): Promise<void> {
    const entry = this.#find(answer)
    if (entry === undefined) {
      this.#console.output.line(`There is no such choice; enter a number from 1 to ${this.#entries.length}.`)
      return
    }
    try {
      const work = await entry.choose(this.#console)
      if (work !== undefined) await this.#begin(work)
    } catch (error) {
      this.#report(error)
    }
  }

  /** A pipe's next line may count on what this one began; a person sees whether it has. */
  async #begin({ started, done }: Work): Promise<void> {
    done.catch((error: unknown) => this.#report(error))
    const settled = started.then(
      () => undefined,
      () => undefined,
    )
    await (this.#asker.isTerminal ? Promise.race([settled, delay(GRACE)]) : settled)
  }

  #report(error: unknown): void {
    if (!this.#console.interrupt.signal.aborted && !this.#hasQuit)
      this.#console.output.fail(toShoalError(error))
  }
}
