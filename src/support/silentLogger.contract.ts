import { createLogger } from './log.js'

/** For tests: says nothing. */
export const silentLogger = createLogger('silent', () => undefined)
