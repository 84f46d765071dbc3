import { Option, type Command as Commander } from 'commander'
import type { FlagTexts } from '../support/config.js'
import type { Setting, SettingTable } from '../support/setting.js'

const optionOf = (setting: Setting<unknown>): Option => {
  const short = setting.short === undefined ? '' : `-${setting.short}, `
  const placeholder = setting.placeholder === undefined ? '' : ` <${setting.placeholder}>`
  const option = new Option(`${short}--${setting.flag}${placeholder}`, describe(setting))
  const keep = (text: string, previous: readonly string[] | undefined) => [...(previous ?? []), text]
  return setting.placeholder === undefined ? option : option.argParser(keep)
}

const describe = (setting: Setting<unknown>): string => {
  const { fallback } = setting
  const shown = typeof fallback === 'string' || typeof fallback === 'number' ? ` (default ${fallback})` : ''
  return setting.description + shown
}

/** Gives the command a flag for every setting of `table`. */
export const addOptions = (commander: Commander, table: SettingTable): void => {
  for (const setting of Object.values(table)) commander.addOption(optionOf(setting))
}

/** The texts that flags gave. Commander turns --no-thing into a false "thing". */
export const flagTexts = (commander: Commander, table: SettingTable): FlagTexts => {
  const texts: Record<string, readonly string[]> = {}
  for (const [key, setting] of Object.entries(table)) {
    const option = optionOf(setting)
    const given: unknown = commander.getOptionValue(option.attributeName())
    if (commander.getOptionValueSource(option.attributeName()) !== 'cli') continue
    if (given === !option.negate) texts[key] = ['true']
    else if (Array.isArray(given) && !option.negate) texts[key] = given.map(String)
  }
  return texts
}
