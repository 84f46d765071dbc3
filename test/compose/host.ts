import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Service, Volume } from './composeFile.js'
import { Console } from './console.js'
import { NODE_USER, type Image } from './image.js'

const TOOLS = ['unshare', 'nsenter', 'ip', 'mount', 'chroot', 'setpriv', 'script'] as const

/**
 * A root folder with this system's programs and the image, and a bridge with a link for each service.
 * Every mount and namespace is made inside one mount and one process namespace. They end with the first process,
 * which is this shell, and it ends with its input: also when the test is killed.
 */
const HOST = `
root=$1; node=$2; app=$3; gateway=$4; shift 4
mount -t tmpfs none /run
mkdir /run/netns
mount -t tmpfs none "$root"
for entry in /bin /sbin /lib* /usr /etc /opt /nix /dev; do
  if [ -L "$entry" ]; then cp -P "$entry" "$root/"
  elif [ -d "$entry" ]; then mkdir "$root$entry"; mount --rbind "$entry" "$root$entry"
  fi
done
mkdir -m 1777 "$root/tmp"
mkdir "$root/proc" "$root/app" "$root/node"
mount -t proc proc "$root/proc"
mount --bind "$app" "$root/app"
touch "$root/node/node"
mount --bind "$node" "$root/node/node"
ip netns add bridge
ip -n bridge link add name bridge0 type bridge
ip -n bridge address add "$gateway" dev bridge0
ip -n bridge link set bridge0 up
while [ $# -gt 0 ]; do
  ip netns add "$1"
  ip -n bridge link add name "$1" type veth peer name eth0 netns "$1"
  ip -n bridge link set "$1" master bridge0 up
  ip -n "$1" link set lo up
  ip -n "$1" address add "$2" dev eth0
  ip -n "$1" link set eth0 up
  shift 2
done
echo ready
cat > /dev/null
`

/** Takes the root folder, a file for its process id, the owner of its terminal, pairs of mounts up to --, a command. */
const CONTAINER = `
root=$1; id=$2; owner=$3; shift 3
while [ "$1" != -- ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  if [ "$3" = ro ]; then mount -o remount,bind,ro "$root$2"; fi
  shift 3
done
shift
if [ -t 0 ]; then chown "$owner" "$(tty)"; fi
echo $$ > "$id"
exec chroot "$root" "$@"
`

const quoteForShell = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** Why no host can be made here; undefined where one can. */
export const whyNoHost = (): string | undefined => {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux'
  if (process.getuid?.() !== 0) return 'only root can make network namespaces'
  const missing = TOOLS.filter((tool) => spawnSync(tool, ['--version']).error !== undefined)
  if (missing.length > 0) return `${missing.join(', ')} not installed`
  const trial = 'mount -t tmpfs none /run && ip link add name trial type bridge && ip link add type veth'
  const { status } = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'sh', '-c', trial])
  return status === 0 ? undefined : 'this system lets no one make namespaces, bridges and veth pairs'
}

export interface HostOptions {
  /** A folder of its own; volumes stand in it, and `./` of the compose file means it. */
  readonly folder: string
  readonly image: Image
  readonly subnet: string
  readonly services: readonly Service[]
}

/** Runs services as Docker does: root folder, user, capabilities, environment, mounts, network, terminal. */
export class Host {
  readonly #options: HostOptions
  readonly #process: ChildProcess
  readonly #started: Console[] = []

  private constructor(options: HostOptions, process: ChildProcess) {
    this.#options = options
    this.#process = process
  }

  static async start(options: HostOptions): Promise<Host> {
    const { folder, image, subnet, services } = options
    const [base = '', bits = ''] = subnet.split('/')
    const gateway = `${base.replace(/0$/, '1')}/${bits}`
    const root = join(folder, 'root')
    await mkdir(root)
    const addresses = services.flatMap(({ name, address }) => (address ? [name, `${address}/${bits}`] : []))
    const script = ['sh', '-euc', HOST, 'sh', root, process.execPath, image.app, gateway, ...addresses]
    const flags = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
    const child = spawn('unshare', [...flags, ...script], { stdio: ['pipe', 'pipe', 'inherit'] })
    const [first] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [unknown]
    if (String(first) !== 'ready\n') throw new Error(`no host: ${String(first)}`)
    return new Host(options, child)
  }

  /** Starts a service with the image's entrypoint and its own command. */
  async run(service: Service): Promise<Console> {
    const { image } = this.#options
    const entrypoint = service.entrypoint ?? image.entrypoint
    const mounts = await Promise.all(service.volumes.map((volume) => this.#mount(volume)))
    const command = [...this.#identity(service), ...entrypoint, ...service.command]
    return this.#start(service.name, service, mounts.flat(), command)
  }

  /** Runs the program on the bridge, as the host outside of the containers sees it. */
  async runOutside(...words: string[]): Promise<Console> {
    const outside = { address: 'bridge', hasTerminal: false, user: undefined }
    const variables = ['PATH=/node:/usr/bin:/bin', 'HOME=/tmp']
    const command = ['env', '-i', ...variables, ...this.#options.image.entrypoint, ...words]
    return this.#start('bridge', outside, [], command)
  }

  /** Sends SIGTERM, as `docker stop` does; resolves to the exit code. */
  async stop(console: Console): Promise<number | null> {
    const [command = '', ...words] = this.#inside('sh', '-c', 'kill -TERM "$(cat "$0")"', console.idFile)
    const { status } = spawnSync(command, words, { stdio: 'inherit' })
    if (status !== 0) throw new Error(`${console.name} cannot be told to stop`)
    return console.exit()
  }

  /** Ends every process, and with them every mount and namespace. */
  async end(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
    await Promise.all(this.#started.map((console) => console.exit()))
  }

  /** What was printed, for a person who looks why a test failed. */
  get transcript(): string {
    return this.#started.map(({ name, output }) => `── ${name}\n${output}`).join('\n')
  }

  #start(
    name: string,
    { address, hasTerminal, user }: Pick<Service, 'address' | 'hasTerminal' | 'user'>,
    mounts: readonly string[],
    command: readonly string[],
  ): Console {
    const { folder } = this.#options
    const idFile = join(folder, `${name}.pid`)
    const net = address === undefined ? ['unshare', '--net'] : ['ip', 'netns', 'exec', name]
    const owner = user ?? String(NODE_USER)
    const script = ['sh', '-euc', CONTAINER, 'sh', join(folder, 'root'), idFile, owner, ...mounts, '--']
    const words = this.#inside(...net, 'unshare', '--mount', ...script, ...command)
    const given = hasTerminal ? ['script', '-qefc', words.map(quoteForShell).join(' '), '/dev/null'] : words
    const console = new Console(name, idFile, given)
    this.#started.push(console)
    return console
  }

  #inside(...words: string[]): string[] {
    const id = this.#process.pid
    return ['nsenter', `--mount=/proc/${id}/ns/mnt`, `--pid=/proc/${id}/ns/pid_for_children`, ...words]
  }

  /** User, capabilities and environment, as the service has them over the image. */
  #identity({ user, capabilities, environment, hasTerminal }: Service): string[] {
    const [uid = '', gid = ''] = (user ?? `${NODE_USER}:${NODE_USER}`).split(':')
    const kept = ['-all', ...capabilities.map((name) => `+${name.toLowerCase()}`)].join()
    const variables = {
      PATH: '/node:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: uid === '0' ? '/root' : '/home/node',
      ...(hasTerminal ? { TERM: 'xterm' } : {}),
      ...this.#options.image.environment,
      ...environment,
    }
    const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
    const privileges = ['--no-new-privs', `--bounding-set=${kept}`, `--inh-caps=-all`]
    const ids = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
    return ['setpriv', ...privileges, ...ids, 'env', '-i', '-C', '/app', ...assignments]
  }

  /** A folder that is missing is made as Docker does: for root, or for a volume as the image has it. */
  async #mount({ source, target, isReadOnly }: Volume): Promise<string[]> {
    const isVolume = !source.startsWith('./')
    const path = join(this.#options.folder, isVolume ? 'volumes' : '.', source)
    const made = await mkdir(path, { recursive: true, mode: 0o755 })
    if (isVolume && made !== undefined) await chown(path, NODE_USER, NODE_USER)
    return [path, target, isReadOnly ? 'ro' : 'rw']
  }
}
