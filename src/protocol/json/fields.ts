/** A parsed JSON object whose fields nobody has looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Why a message is refused: one line that names the field; it travels as ERROR. */
export class FieldFault extends Error {}

const MAX_SHOWN = 40

/** `value` as a fault line shows it: short, and without a look into what is long or nested beyond measure. */
export const shown = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, MAX_SHOWN) : value) ?? 'nothing'
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

/**
 * Reads `name` with `parse`, which answers undefined for what it does not take.
 *
 * @throws FieldFault when the field is missing or ill-typed
 */
export const required = <Value>(
  object: JsonObject,
  name: string,
  expected: string,
  parse: (value: unknown) => Value | undefined,
): Value => {
  if (object[name] === undefined) throw new FieldFault(`${name} is missing: expected ${expected}`)
  const value = parse(object[name])
  if (value === undefined) throw new FieldFault(`${name} is ${shown(object[name])}: expected ${expected}`)
  return value
}

/** The same for a field that may be left out or null. */
export const optional = <Value>(
  object: JsonObject,
  name: string,
  expected: string,
  parse: (value: unknown) => Value | undefined,
): Value | undefined =>
  object[name] === undefined || object[name] === null ? undefined : required(object, name, expected, parse)

export const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined

export const asString = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

export const asBoolean = (value: unknown): boolean | undefined =>
  typeof value === 'boolean' ? value : undefined

/** A whole number from 0 up to 2^53, as a number or in digits. */
export const asCount = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && /^[0-9]{1,16}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

/** `parse` for text only. */
export const text =
  <Value>(parse: (value: string) => Value | undefined) =>
  (value: unknown): Value | undefined =>
    typeof value === 'string' ? parse(value) : undefined
