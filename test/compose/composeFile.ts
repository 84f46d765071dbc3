import { parse } from 'yaml'

export interface Volume {
  /** `./folder` of the host, or the name of a volume. */
  readonly source: string
  readonly target: string
  readonly isReadOnly: boolean
}

export interface Service {
  readonly name: string
  readonly entrypoint: readonly string[] | undefined
  readonly command: readonly string[]
  /** Undefined for a service that is on no network. */
  readonly address: string | undefined
  readonly ports: readonly string[]
  readonly volumes: readonly Volume[]
  readonly environment: Readonly<Record<string, string>>
  readonly dependsOn: readonly string[]
  readonly hasTerminal: boolean
  readonly hasInput: boolean
  /** Whether a first process that passes signals on is put before the program. */
  readonly hasInit: boolean
  readonly user: string | undefined
  /** Capabilities kept; everything else must be dropped. */
  readonly capabilities: readonly string[]
}

export interface ComposeFile {
  /** In the order in which they start. */
  readonly services: readonly Service[]
  readonly network: { readonly driver: string; readonly subnet: string }
}

const NETWORK = 'p2p_network'

type Mapping = Readonly<Record<string, unknown>>

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const mapping = (value: unknown, what: string): Mapping => {
  if (!isMapping(value)) throw new Error(`${what} is no mapping`)
  return value
}

const text = (value: unknown, what: string): string => {
  if (typeof value !== 'string') throw new Error(`${what} is no text`)
  return value
}

const texts = (value: unknown, what: string): string[] => {
  if (!Array.isArray(value)) throw new Error(`${what} is no list`)
  return value.map((item) => text(item, `an item of ${what}`))
}

const readVolume = (given: string): Volume => {
  const [source, target, mode, ...more] = given.split(':')
  const isKnown = source !== undefined && target !== undefined && more.length === 0
  if (!isKnown || (mode !== undefined && mode !== 'ro')) throw new Error(`volume ${given}`)
  return { source, target, isReadOnly: mode === 'ro' }
}

const readEnvironment = (given: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(mapping(given, 'environment')).map(([name, value]) => [name, text(value, name)]),
  )

const readAddress = (given: Mapping): string | undefined => {
  if (given.network_mode === 'none') return undefined
  const network = mapping(mapping(given.networks, 'networks')[NETWORK], NETWORK)
  return text(network.ipv4_address, 'ipv4_address')
}

const readDependsOn = (given: unknown): string[] =>
  isMapping(given) ? Object.keys(given) : texts(given ?? [], 'depends_on')

const readCapabilities = (given: Mapping): string[] => {
  if (texts(given.cap_drop, 'cap_drop').join() !== 'ALL') throw new Error('cap_drop is not ALL')
  return texts(given.cap_add ?? [], 'cap_add')
}

const readService = (name: string, given: Mapping): Service => ({
  name,
  entrypoint: given.entrypoint === undefined ? undefined : texts(given.entrypoint, 'entrypoint'),
  command: texts(given.command, 'command'),
  address: readAddress(given),
  ports: texts(given.ports ?? [], 'ports'),
  volumes: texts(given.volumes ?? [], 'volumes').map(readVolume),
  environment: readEnvironment(given.environment ?? {}),
  dependsOn: readDependsOn(given.depends_on),
  hasTerminal: given.tty === true,
  hasInput: given.stdin_open === true,
  hasInit: given.init === true,
  user: given.user === undefined ? undefined : text(given.user, 'user'),
  capabilities: readCapabilities(given),
})

/** What must be there first comes first; else the order of the file. */
const inStartOrder = (services: readonly Service[]): Service[] => {
  const ordered: Service[] = []
  const isStarted = (name: string): boolean => ordered.some((service) => service.name === name)
  while (ordered.length < services.length) {
    const next = services.find(({ name, dependsOn }) => !isStarted(name) && dependsOn.every(isStarted))
    if (next === undefined) throw new Error('depends_on has a cycle, or names no service')
    ordered.push(next)
  }
  return ordered
}

const readNetwork = (given: Mapping): ComposeFile['network'] => {
  const ranges: unknown = mapping(given.ipam, 'ipam').config
  const range = mapping(Array.isArray(ranges) ? ranges[0] : undefined, 'config')
  return { driver: text(given.driver, 'driver'), subnet: text(range.subnet, 'subnet') }
}

/** What compose.yaml says, as far as this project uses it. */
export const readComposeFile = (source: string): ComposeFile => {
  const whole = mapping(parse(source, { merge: true }), 'compose.yaml')
  const services = Object.entries(mapping(whole.services, 'services')).map(([name, given]) =>
    readService(name, mapping(given, name)),
  )
  const network = mapping(mapping(whole.networks, 'networks')[NETWORK], NETWORK)
  return { services: inStartOrder(services), network: readNetwork(network) }
}
