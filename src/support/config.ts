import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { quote, ValueFault, type Setting, type SettingTable, type Values } from './setting.js'

const CONFIG_FILE = 'shoal.config.json'

/** Where a value came from, strongest first. */
const ORIGINS = ['flag', 'variable', 'file', 'default'] as const
export type OriginKind = (typeof ORIGINS)[number]

export interface Origin {
  readonly kind: OriginKind
  /** What to change to change the value: `--port`, `SHOAL_PORT`, `port in shoal.config.json`. */
  readonly name: string
}

/** A setting that cannot be used; the message names the flag, variable or file entry. */
export class ConfigError extends Error {}

/** Entries of shoal.config.json, not yet read as settings. */
export type ConfigFile = Readonly<Record<string, unknown>>

/** Texts given by flags, by key of the setting. */
export type FlagTexts = Readonly<Record<string, readonly string[]>>

export interface Sources {
  readonly flags: FlagTexts
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly file: ConfigFile
}

export interface Config<S extends SettingTable> {
  readonly values: Values<S>
  readonly origins: { readonly [K in keyof S]: Origin }
}

const variableOf = (setting: Pick<Setting<unknown>, 'flag'>): string =>
  `SHOAL_${setting.flag.toUpperCase().replaceAll('-', '_')}`

/** `seed-limit` is the entry "seedLimit". */
export const entryOf = (setting: Pick<Setting<unknown>, 'flag'>): string =>
  setting.flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** The entries of `folder`'s shoal.config.json; none where there is no such file. @throws ConfigError */
export const readConfigFile = (folder: string): ConfigFile => {
  const text = readIfThere(join(folder, CONFIG_FILE))
  if (text === undefined) return {}
  try {
    const document: unknown = JSON.parse(text)
    if (typeof document === 'object' && document !== null && !Array.isArray(document))
      return document as ConfigFile
  } catch {
    throw new ConfigError(`${CONFIG_FILE} is not JSON.`)
  }
  throw new ConfigError(`${CONFIG_FILE} is not a JSON object.`)
}

const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    if (code === 'ENOENT') return undefined
    throw new ConfigError(`${CONFIG_FILE} cannot be read: ${code}.`)
  }
}

/** A misspelt entry would be passed over in silence. @throws ConfigError where an entry is none of `known` */
export const checkEntries = (file: ConfigFile, known: ReadonlySet<string>): void => {
  for (const entry of Object.keys(file))
    if (!known.has(entry)) throw new ConfigError(`${CONFIG_FILE} has the unknown entry ${quote(entry)}.`)
}

const isScalar = (item: unknown): item is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof item)

const fileTexts = (file: ConfigFile, setting: Setting<unknown>): readonly string[] | undefined => {
  const entry = entryOf(setting)
  if (!Object.hasOwn(file, entry)) return undefined
  const held = file[entry]
  const items: readonly unknown[] = setting.isList === true && Array.isArray(held) ? held : [held]
  if (items.every(isScalar)) return items.map(String)
  throw new ConfigError(`${entry} in ${CONFIG_FILE}: no text, number or true/false.`)
}

/** An empty variable is one that is not set: compose files pass such. */
const variableTexts = (
  text: string | undefined,
  setting: Setting<unknown>,
): readonly string[] | undefined => {
  if (text === undefined || text.trim() === '') return undefined
  return setting.isList === true ? text.split(/[,\s]+/).filter((item) => item !== '') : [text.trim()]
}

interface Given {
  readonly origin: Origin
  readonly texts: readonly string[] | undefined
}

const strongest = (key: string, setting: Setting<unknown>, sources: Sources): Given => {
  const flag = sources.flags[key]
  if (flag !== undefined) return { origin: { kind: 'flag', name: `--${setting.flag}` }, texts: flag }
  const variable = variableOf(setting)
  const fromVariable = variableTexts(sources.environment[variable], setting)
  if (fromVariable !== undefined) return { origin: { kind: 'variable', name: variable }, texts: fromVariable }
  const fromFile = fileTexts(sources.file, setting)
  const name = `${entryOf(setting)} in ${CONFIG_FILE}`
  if (fromFile !== undefined) return { origin: { kind: 'file', name }, texts: fromFile }
  return { origin: { kind: 'default', name: 'default' }, texts: undefined }
}

const parseGiven = (setting: Setting<unknown>, { origin, texts }: Given): unknown => {
  if (texts === undefined) return setting.fallback
  try {
    return setting.parse(texts)
  } catch (error) {
    if (error instanceof ValueFault) throw new ConfigError(`${origin.name}: ${error.message}.`)
    throw error
  }
}

/** Every setting of `table` from the strongest source that gives it. @throws ConfigError */
export const resolveConfig = <S extends SettingTable>(table: S, sources: Sources): Config<S> => {
  const resolved = Object.entries(table).map(([key, setting]) => {
    const given = strongest(key, setting, sources)
    return { key, origin: given.origin, value: parseGiven(setting, given) }
  })
  return {
    values: Object.fromEntries(resolved.map(({ key, value }) => [key, value])) as Values<S>,
    origins: Object.fromEntries(resolved.map(({ key, origin }) => [key, origin])) as Config<S>['origins'],
  }
}

/** Whether `one` outranks or equals `other`: a flag a variable, a variable the file, the file a default. */
export const isAtLeast = (one: Origin, other: Origin): boolean =>
  ORIGINS.indexOf(one.kind) <= ORIGINS.indexOf(other.kind)
