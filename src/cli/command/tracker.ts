import { defineCommand } from '../definition.js'
import { formatEndpoint, trackerSettings } from '../settings.js'

export const tracker = defineCommand({
  verb: 'tracker',
  summary: 'run a tracker until Ctrl-C',
  settings: trackerSettings,
  examples: ['shoal tracker', 'shoal tracker --host 127.0.0.1 --port 9000 --interval 60'],
  logLevel: 'info',
  run: async ({ settings, output, interrupt, services }) => {
    const { host, port, interval, trustDeclared, connectionsPerAddress, requestsPerSecond } = settings
    const running = await interrupt.race(
      services.startTracker({
        host,
        port,
        interval,
        trustDeclared,
        logger: output.logger,
        ...(connectionsPerAddress === undefined ? {} : { connectionsPerAddress }),
        ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
      }),
    )
    interrupt.settle()
    output.event({ event: 'listening', ...running.endpoint })
    output.note(`Tracker listening on ${formatEndpoint(running.endpoint)}, until Ctrl-C.`)
    await interrupt.raised()
    await running.stop()
    output.event({ event: 'stopped' })
  },
})
