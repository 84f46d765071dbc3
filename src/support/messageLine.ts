/** Characters of one text field, and of a whole message, that a line shows. */
const MAX_FIELD = 100
const MAX_LINE = 2000

/** `text`, or its beginning and how long it is. */
export const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}… (${text.length})` : text

/** A message as one line for the log, long fields such as chunk data cut short. */
export const messageLine = (message: object | string): string => {
  const object: unknown =
    typeof message === 'string' && message.length > MAX_FIELD ? parsed(message) : message
  if (typeof object === 'string') return cut(object, MAX_LINE)
  const shorten = (_: string, value: unknown): unknown =>
    typeof value === 'string' ? cut(value, MAX_FIELD) : value
  return cut(JSON.stringify(object, shorten), MAX_LINE)
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
