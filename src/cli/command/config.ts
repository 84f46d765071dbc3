import { ShoalError } from '../../protocol/errors.js'
import { entryOf, type Config } from '../../support/config.js'
import type { SettingTable } from '../../support/setting.js'
import { formatStoreUrl, type StoreUrl } from '../../tracker/store/storeUrl.js'
import { defineCommand, type Command } from '../definition.js'
import { formatEndpoint, peerSettings } from '../settings.js'
import { tableLines } from '../text.js'

const isEndpoint = (value: unknown): value is { host: string; port: number } =>
  typeof value === 'object' && value !== null && 'host' in value && 'port' in value

const isStoreUrl = (value: unknown): value is StoreUrl =>
  typeof value === 'object' && value !== null && 'kind' in value

/** A value as it would be written; null where there is none. */
const written = (value: unknown): string | number | boolean | null | readonly string[] => {
  if (Array.isArray(value)) return value.map((item: unknown) => shown(item))
  if (isEndpoint(value)) return formatEndpoint(value)
  if (isStoreUrl(value)) return formatStoreUrl(value)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}

const shown = (value: unknown): string => {
  const text = written(value)
  return typeof text === 'object' ? text?.join(', ') || '-' : String(text)
}

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
