import { defineCommand } from '../definition.js'
import { formatEndpoint, trackerSettings } from '../settings.js'

export const tracker = defineCommand({
  verb: 'tracker',
  summary: 'run a tracker until Ctrl-C',
  settings: trackerSettings,
  examples: [
    'shoal tracker',
    'shoal tracker --host 127.0.0.1 --port 9000 --interval 60',
    'shoal tracker --store redis://10.0.0.5:6379 --mode open',
  ],
  logLevel: 'info',
  run: async ({ settings, output, interrupt, services }) => {
    const { host, port, interval, trustDeclared, connectionsPerAddress, requestsPerSecond, store, mode } =
      settings
    const running = await interrupt.race(
      services.startTracker({
        host,
        port,
        interval,
        trustDeclared,
        store: { url: store ?? { kind: 'sqlite', path: undefined }, mode, folder: settings.state },
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
