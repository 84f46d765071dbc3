import type { TuningOptions } from '../../tracker/tuning.js'
import type { Values } from '../../support/setting.js'
import { defineCommand, type Call } from '../definition.js'
import type { TrackerStart } from '../services.js'
import { formatEndpoint, trackerSettings } from '../settings.js'

type Settings = Values<typeof trackerSettings>

/** Options without those that are undefined: where a key is there, a value is. */
type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

const given = <T extends object>(options: T): Given<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>

/** What may change while it runs. */
const tuningOf = ({ interval, connectionsPerAddress, requestsPerSecond }: Settings) => ({
  interval,
  connectionsPerAddress,
  requestsPerSecond,
})

const optionsOf = ({ settings, output }: Call<typeof trackerSettings>): TrackerStart => {
  const { host, port, trustDeclared, store, mode, state, allow, deny, drain, proxies } = settings
  const { publicUrl, adminToken, udpSecret, maxMemory, maxRelayed, relayRate } = settings
  return {
    host,
    port,
    store: { url: store ?? { kind: 'sqlite', path: undefined }, mode, folder: state },
    trustDeclared,
    proxies,
    lists: { allow, deny },
    maxRelayed,
    relayRate,
    drainTime: 1000 * drain,
    logger: output.logger,
    ...given(tuningOf(settings)),
    ...given({ publicUrl, adminToken, udpSecret, maxMemory }),
  }
}

/** The settings as they are by now, or undefined where one cannot be used: then those in force stay. */
const tuningByNow = ({ configOf, output }: Call<typeof trackerSettings>): TuningOptions | undefined => {
  try {
    return tuningOf(configOf(trackerSettings).values)
  } catch (error) {
    output.logger.error(`the settings stay as they were: ${(error as Error).message}`)
    return undefined
  }
}

export const tracker = defineCommand({
  verb: 'tracker',
  summary: 'run a tracker until Ctrl-C',
  settings: trackerSettings,
  examples: [
    'shoal tracker',
    'shoal tracker --mode open --deny denied.txt --interval 300',
    'shoal tracker --store redis://10.0.0.5:6379 --drain 5',
  ],
  logLevel: 'info',
  run: async (call) => {
    const { settings, output, interrupt, services } = call
    const running = await interrupt.race(services.startTracker(optionsOf(call)))
    interrupt.settle()
    interrupt.allow(1000 * settings.drain)
    interrupt.onHangup(() => void running.reload(tuningByNow(call)))
    output.event({ event: 'listening', ...running.endpoint })
    output.note(`Tracker listening on ${formatEndpoint(running.endpoint)}, until Ctrl-C.`)
    await interrupt.raised()
    await running.stop()
    output.event({ event: 'stopped' })
  },
})
