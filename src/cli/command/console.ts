import { defineCommand } from '../definition.js'
import { runConsole } from '../menu/console.js'
import { startMissingTracker } from '../menu/ownTracker.js'
import { consoleSettings } from '../settings.js'

export const consoleCommand = defineCommand({
  verb: 'console',
  summary: 'a menu with a peer behind it (also without a command)',
  settings: consoleSettings,
  examples: ['shoal', 'shoal --tracker 192.168.1.10:8888 -o downloads'],
  logLevel: 'info',
  bars: 'stdout',
  run: async (call) => {
    const tracker = await startMissingTracker(call)
    try {
      await runConsole(call)
    } finally {
      await tracker?.stop()
    }
  },
})
