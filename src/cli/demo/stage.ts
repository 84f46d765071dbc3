import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from './child.js'
import type { ChildEvent } from './childEvent.js'

/** The folder and the programs of one demo. Whatever happens, neither outlives it. */
export class Stage {
  readonly folder: string
  readonly #children: Child[] = []
  readonly #onExit = (): void => this.#vanish()

  private constructor(folder: string) {
    this.folder = folder
    process.once('exit', this.#onExit)
  }

  static async create(): Promise<Stage> {
    return new Stage(await mkdtemp(join(tmpdir(), 'shoal-demo-')))
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names)
  }

  start(name: string, args: readonly string[], onEvent?: (event: ChildEvent) => void): Child {
    const child = new Child(name, args, this.folder, onEvent)
    this.#children.push(child)
    return child
  }

  /** Stops the programs, the last started first, and removes the folder. */
  async clear(): Promise<void> {
    await Promise.all(this.#children.toReversed().map((child) => child.stop()))
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
    process.removeListener('exit', this.#onExit)
  }

  /** The process ends now: nothing can be waited for. */
  #vanish(): void {
    for (const child of this.#children) child.kill()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
