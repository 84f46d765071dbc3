import type { TuningOptions } from '../../tracker/tuning.js'
import type { Values } from '../../support/setting.js'
import { hostname, networkInterfaces } from 'node:os'
import { ShoalError } from '../../protocol/errors.js'
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

/** @throws ShoalError CONFIG_INVALID for a certificate without its key */
const certificateOf = ({ noTls, tlsCert: cert, tlsKey: key, state, publicUrl }: Settings) => {
  if ((cert === undefined) !== (key === undefined))
    throw new ShoalError('CONFIG_INVALID', '--tls-cert and --tls-key go together, and one is missing')
  if (noTls) return undefined
  if (cert !== undefined && key !== undefined) return { kind: 'files', cert, key } as const
  const names = publicUrl === undefined ? [] : [publicUrl.hostname.replace(/^\[|\]$/g, '')]
  return { kind: 'self-signed', state, names, file: 'tracker-certificate.pem' } as const
}

/** An address by which others may reach what listens on `host`. */
const reachable = (host: string, publicUrl: URL | undefined): string => {
  if (publicUrl !== undefined) return publicUrl.hostname.replace(/^\[|\]$/g, '')
  if (host !== '0.0.0.0' && host !== '::') return host
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? hostname()
}

const optionsOf = ({ settings, output }: Call<typeof trackerSettings>): TrackerStart => {
  const { host, port, trustDeclared, store, mode, state, allow, deny, drain, proxies } = settings
  const { publicUrl, adminToken, udpSecret, maxMemory, maxRelayed, relayRate } = settings
  return {
    host,
    port,
    certificate: certificateOf(settings),
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
    const { endpoint, fingerprint } = running
    output.event({ event: 'listening', ...endpoint, ...given({ fingerprint }) })
    output.note(`Tracker listening on ${formatEndpoint(endpoint)}, until Ctrl-C.`)
    if (fingerprint !== undefined) {
      const host = reachable(endpoint.host, settings.publicUrl)
      output.note(`Over TLS it is ${formatEndpoint({ host, port: endpoint.port, tls: { fingerprint } })}`)
    }
    await interrupt.raised()
    await running.stop()
    output.event({ event: 'stopped' })
  },
})
