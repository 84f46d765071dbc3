/** Levels in order of weight; a logger writes those at and above its own. */
export const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type Level = (typeof LEVELS)[number]

/** One line for a person. A level that is off costs one comparison: pass a function where the text costs something to make. */
export interface Logger {
  debug(line: string | (() => string)): void
  info(line: string | (() => string)): void
  warn(line: string | (() => string)): void
  error(line: string | (() => string)): void
}

/** Text from peers and trackers may hold terminal commands: control characters are shown, not sent. */
export const printable = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )

/** A logger that hands each line at or above `level` to `write`, control characters made visible. */
export const createLogger = (level: Level, write: (level: Level, line: string) => void): Logger => {
  const least = LEVELS.indexOf(level)
  const at = (own: Level) => {
    if (LEVELS.indexOf(own) < least) return () => undefined
    return (line: string | (() => string)): void =>
      write(own, printable(typeof line === 'string' ? line : line()))
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
