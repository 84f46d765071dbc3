const SCALE = ['', 'K', 'M', 'G', 'T', 'P'] as const

/**
 * Bytes as people write them: `512`, `10M`, `1.5GiB`. Units are powers of 1024, in either case; undefined where
 * the text is no such amount.
 */
export const parseBytes = (text: string): number | undefined => {
  const match = /^([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([KMGTP]?)(?:i?B)?$/i.exec(text.trim())
  if (match === null) return undefined
  const [, amount = '', unit = ''] = match
  const power = SCALE.findIndex((name) => name === unit.toUpperCase())
  const bytes = Math.round(Number(amount) * 1024 ** power)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** `0 B`, `1.5 KiB`, `64 MiB`: at most three digits before the unit and one behind the point. */
export const formatBytes = (bytes: number): string => {
  let power = 0
  let amount = Math.max(0, bytes)
  while (power < SCALE.length - 1 && Math.round(amount * 10) / 10 >= 1000) {
    amount /= 1024
    power++
  }
  if (power === 0) return `${Math.round(amount)} B`
  const digits = amount >= 100 ? amount.toFixed(0) : amount.toFixed(1).replace(/\.0$/, '')
  return `${digits} ${SCALE[power] ?? ''}iB`
}

/** Bytes a second. */
export const formatRate = (bytesPerSecond: number): string => `${formatBytes(bytesPerSecond)}/s`

const twoDigits = (number: number): string => String(number).padStart(2, '0')

/** Seconds as `0:07`, `12:34`, `1:02:03` or `2d 3h`. */
export const formatDuration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  const minutes = Math.floor(whole / 60)
  const hours = Math.floor(minutes / 60)
  if (hours >= 48) return `${Math.floor(hours / 24)}d ${hours % 24}h`
  if (hours > 0) return `${hours}:${twoDigits(minutes % 60)}:${twoDigits(whole % 60)}`
  return `${minutes}:${twoDigits(whole % 60)}`
}
