/** One setting: a flag, the SHOAL_ variable and the entry of shoal.config.json that go with it, and its default. */
export interface Setting<T> {
  /** Without its dashes: `seed-limit` is --seed-limit, SHOAL_SEED_LIMIT and "seedLimit". */
  readonly flag: string
  /** A letter: `o` is -o. */
  readonly short?: string
  /** What stands for the value in help; undefined for a switch. */
  readonly placeholder?: string
  readonly description: string
  /** Whether it may be given several times; a variable then holds a list separated by commas or spaces. */
  readonly isList?: boolean
  readonly fallback: T
  /** @throws ValueFault where the texts are no value of this setting */
  readonly parse: (texts: readonly string[]) => T
}

export type SettingTable = Readonly<Record<string, Setting<unknown>>>
export type Values<S extends SettingTable> = { readonly [K in keyof S]: ReturnType<S[K]['parse']> }

/** Why a text is no value: `message` completes the sentence "port: …". */
export class ValueFault extends Error {}

/** Reads one text, or throws a ValueFault. */
export type Read<T> = (text: string) => T

/** What is common to every form of a setting. */
type Naming = Pick<Setting<unknown>, 'flag' | 'short' | 'description'>

const last = (texts: readonly string[]): string => texts.at(-1) ?? ''

/** A setting with one value: the last one given counts. */
export const value = <T, F = T>(
  naming: Naming,
  placeholder: string,
  read: Read<T>,
  fallback: F,
): Setting<T | F> => ({ ...naming, placeholder, fallback, parse: (texts) => read(last(texts)) })

/** A setting that may be given several times. */
export const values = <T>(
  naming: Naming,
  placeholder: string,
  read: Read<T>,
  fallback: readonly T[],
): Setting<readonly T[]> => ({
  ...naming,
  placeholder,
  isList: true,
  fallback,
  parse: (texts) => texts.map(read),
})

const readSwitch: Read<boolean> = (text) => {
  if (/^(true|1|yes|on)$/i.test(text)) return true
  if (/^(false|0|no|off)$/i.test(text)) return false
  throw new ValueFault(`${quote(text)} is neither true nor false`)
}

/** A setting that is on or off, and off by default. */
export const toggle = (naming: Naming): Setting<boolean> => ({
  ...naming,
  fallback: false,
  parse: (texts) => readSwitch(last(texts)),
})

/** A text inside a message, cut where it is long. */
export const quote = (text: string): string =>
  JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

/** Any text but an empty one. */
export const readText: Read<string> = (text) => {
  if (text === '') throw new ValueFault('is empty')
  return text
}

/** A whole number of at least `least` and at most `most`. */
export const readCount =
  (least: number, most: number = Number.MAX_SAFE_INTEGER): Read<number> =>
  (text) => {
    const number = /^[0-9]{1,16}$/.test(text) ? Number(text) : NaN
    if (number >= least && number <= most) return number
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
    throw new ValueFault(`${quote(text)} is no whole number ${range}`)
  }

/** One of `choices`. */
export const readChoice =
  <T extends string>(choices: readonly T[]): Read<T> =>
  (text) => {
    const choice = choices.find((each) => each === text)
    if (choice === undefined) throw new ValueFault(`${quote(text)} is none of ${choices.join(', ')}`)
    return choice
  }
