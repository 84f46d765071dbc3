import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Place } from './place.js'

/**
 * A namespace for each address, all on one bridge, which is in a namespace too and has one more link: to this
 * process. Everything is made inside one mount and one process namespace, and ends with the shell, which ends with
 * its input: also when the test is killed.
 */
const SCRIPT = `
gateway=$1; outside=$2; shift 2
mount -t tmpfs none /run
mkdir /run/netns
touch /run/netns/host
mount --bind /proc/self/ns/net /run/netns/host
ip netns add bridge
ip -n bridge link add name bridge0 type bridge
ip -n bridge link set bridge0 up
ip link add name "$outside" type veth peer name outside netns bridge
ip -n bridge link set outside master bridge0 up
ip address add "$gateway" dev "$outside"
ip link set "$outside" up
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

/** Why no network can be made here; undefined where one can. */
export const whyNoNetwork = (): string | undefined => {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux'
  if (process.getuid?.() !== 0) return 'only root can make network namespaces'
  if (spawnSync('ip', ['-V']).error !== undefined) return 'ip (iproute2) is not installed'
  const trial = 'mount -t tmpfs none /run && ip link add name trial type bridge && ip link add type veth'
  const { status } = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'sh', '-c', trial])
  return status === 0 ? undefined : 'this system lets no one make namespaces, bridges and veth pairs'
}

let opened = 0

/**
 * Machines with one address each. They are of 198.18.0.0/15, which is for such tests (RFC 2544) and which clients do
 * not take for a local network, where some of them lift their limits.
 */
export class Network {
  readonly places: readonly Place[]
  /** The address of this process. */
  readonly gateway: string
  readonly #shell: ChildProcess

  private constructor(shell: ChildProcess, gateway: string, places: readonly Place[]) {
    this.#shell = shell
    this.gateway = gateway
    this.places = places
  }

  /** @param size how many machines, at most 250 */
  static async open(size: number): Promise<Network> {
    // The system takes a network away some time after its end, so that the next has other names and addresses.
    const number = (opened += 1)
    const net = `198.${18 + (number & 1)}.${(process.pid + number) & 255}`
    const names = Array.from({ length: size }, (_, index) => `peer${index + 1}`)
    const links = names.flatMap((name, index) => [name, `${net}.${index + 1}/24`])
    const outside = `sh${process.pid}n${number}`
    const script = ['sh', '-euc', SCRIPT, 'sh', `${net}.254/24`, outside, ...links]
    const flags = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
    const shell = spawn('unshare', [...flags, ...script], { stdio: ['pipe', 'pipe', 'inherit'] })
    const [first] = (await Promise.race([once(shell.stdout, 'data'), once(shell, 'exit')])) as [unknown]
    if (String(first) !== 'ready\n') throw new Error(`no network: ${String(first)}`)
    const namespaces = `/proc/${shell.pid}/root/run/netns`
    const places = names.map((name, index) => ({
      host: `${net}.${index + 1}`,
      prefix: ['nsenter', `--net=${namespaces}/${name}`],
      gateway: `${net}.254`,
    }))
    return new Network(shell, `${net}.254`, places)
  }

  /** Ends the shell, and with it every namespace in which no program runs any more. */
  async close(): Promise<void> {
    const ended = once(this.#shell, 'exit')
    this.#shell.kill('SIGKILL')
    await ended
  }
}
