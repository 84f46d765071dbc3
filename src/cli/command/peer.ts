import { defineCommand } from '../definition.js'
import { runConsole } from '../menu/console.js'
import { consoleSettings, formatEndpoint, TRACKER_PORT } from '../settings.js'

/** HOST and PORT are --host and --port, TRACKER_HOST and TRACKER_PORT are --tracker. */
const flagsOf = ([host = '', port = '', trackerHost, trackerPort]: readonly string[]) => {
  const own = { host: [host], port: [port] }
  if (trackerHost === undefined) return own
  const digits = trackerPort ?? String(TRACKER_PORT)
  return { ...own, tracker: [formatEndpoint({ host: trackerHost, port: Number(digits) })] }
}

export const peer = defineCommand({
  verb: 'peer',
  summary: 'the console with its addresses given; without a terminal it runs headless',
  words: '<host> <port> [tracker-host] [tracker-port]',
  settings: consoleSettings,
  examples: ['shoal peer 172.20.0.3 8001 172.20.0.2 8888', 'shoal peer 0.0.0.0 8001 < /dev/null'],
  logLevel: 'info',
  bars: 'stdout',
  flagsOf,
  run: runConsole,
})
