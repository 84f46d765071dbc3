/** Characters of a URL: what common servers take. */
const MAX_URL = 2048

/** Whether `text` is an absolute URL of one of `schemes`, bounded and without white space or control characters. */
export const isUrl = (text: string, schemes: readonly string[]): boolean => {
  const scheme = /^([a-z]+):\/\/[^\s/?#\p{C}][^\s\p{C}]*$/iu.exec(text)?.[1]
  return text.length <= MAX_URL && scheme !== undefined && schemes.includes(scheme.toLowerCase())
}
