import { ShoalError } from '../../protocol/errors.js'
import { entryOf, type Config } from '../../support/config.js'
import type { SettingTable } from '../../support/setting.js'
import { defineCommand, type Command } from '../definition.js'
import { peerSettings } from '../settings.js'
import { tableLines } from '../text.js'
import { shown, written } from '../written.js'

const rows = (table: SettingTable, { values, origins }: Config<SettingTable>) =>
  Object.entries(table).map(([key, setting]) => ({
    entry: entryOf(setting),
    value: values[key],
    origin: origins[key] ?? { kind: 'default' as const, name: 'default' },
  }))

const tableOf = (commands: readonly Command[], verb: string): SettingTable => {
  const command = commands.find((each) => each.verb === verb)
  if (command === undefined) throw new ShoalError('USAGE', `There is no command ${JSON.stringify(verb)}.`)
  return command.settings
}

export const config = defineCommand({
  verb: 'config',
  summary: 'show the settings of a command (default: peer) and where each value came from',
  words: '[command]',
  settings: peerSettings,
  examples: ['shoal config', 'SHOAL_PORT=9000 shoal config tracker --json'],
  run: async ({ words, commands, configOf, output }) => {
    const table = tableOf(commands, words[0] ?? 'peer')
    const found = rows(table, configOf(table))
    output.event(
      Object.fromEntries(
        found.map(({ entry, value, origin }) => [
          entry,
          { value: written(value), source: origin.kind, name: origin.name },
        ]),
      ),
    )
    const lines = found.map(({ entry, value, origin }) => [entry, shown(value), origin.name])
    for (const line of tableLines([['SETTING', 'VALUE', 'FROM'], ...lines])) output.line(line)
  },
})
