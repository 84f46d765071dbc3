import type { Config } from '../support/config.js'
import type { Level } from '../support/log.js'
import type { SettingTable, Values } from '../support/setting.js'
import type { Interrupt } from './interrupt.js'
import type { MenuEntry } from './menu/entry.js'
import type { Output } from './output.js'
import type { Services } from './services.js'

/** One call of a command. */
export interface Call<S extends SettingTable = SettingTable> {
  /** What stands behind the verb and is no flag. */
  readonly words: readonly string[]
  readonly settings: Values<S>
  readonly origins: Config<S>['origins']
  readonly output: Output
  readonly interrupt: Interrupt
  readonly services: Services
  readonly input: NodeJS.ReadableStream
  /** Where input and output are both a terminal. */
  readonly terminal: NodeJS.WriteStream | undefined
  /** All commands, for help and menu. */
  readonly commands: readonly Command[]
  /** Settings as they would be for another command, or are by now: shoal.config.json is read again. @throws ConfigError */
  readonly configOf: <T extends SettingTable>(table: T) => Config<T>
}

/** What a command is and does. */
export interface Definition<S extends SettingTable> {
  readonly verb: string
  readonly summary: string
  /** As commander writes them: `<path...>`, `[query]`. */
  readonly words?: string
  readonly settings: S
  /** Complete command lines, shown by --help. */
  readonly examples: readonly [string, ...string[]]
  /** Least weight of log lines where --log-level is not given; default: warn. */
  readonly logLevel?: Level
  /** Where its bars are drawn; default: stderr. */
  readonly bars?: 'stdout' | 'stderr'
  /** What it adds to the console's menu. */
  readonly menu?: MenuEntry
  /** Words that are flags given another way, by key of the setting. @throws ShoalError USAGE */
  readonly flagsOf?: (words: readonly string[]) => Readonly<Record<string, readonly string[]>>
  /** Resolves to the exit code; to nothing for 0. @throws ShoalError */
  readonly run: (call: Call<S>) => Promise<number | void>
}

/** A command among others. */
export type Command = Definition<SettingTable>

/** A definition whose run sees its own settings' types. */
export const defineCommand = <S extends SettingTable>(definition: Definition<S>): Command => ({
  ...definition,
  run: (call) => definition.run(call as unknown as Call<S>),
})
