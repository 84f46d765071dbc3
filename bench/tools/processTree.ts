import { readdirSync, readFileSync } from 'node:fs'

/** Of /proc/PID/stat: the same on every Linux that Node runs on. */
const TICKS_A_SECOND = 100
/** Milliseconds between samples of memory. */
const SAMPLE_EVERY = 50
/** Samples after which children are looked for again, since that reads all of /proc. */
const LOOK_EVERY = 10

/** What a process and its children used. */
export interface Usage {
  /** Seconds of all threads, user and system. */
  readonly cpu: number
  /** The largest RssAnon of a sample, in MiB: what is theirs alone, without mapped files. */
  readonly privateMiB: number
}

/** A file of /proc; undefined once the process is gone. */
const read = (pid: number, name: string): string | undefined => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return undefined
  }
}

/** The fields of /proc/PID/stat from the third on, state being 0. */
const statOf = (pid: number): string[] => read(pid, 'stat')?.split(') ').at(-1)?.split(' ') ?? []

/** Also of children that have ended, as soon as it has waited for them. */
const cpuOf = (pid: number): number => {
  const ticks = statOf(pid).slice(11, 15).map(Number)
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_A_SECOND
}

const privateOf = (pid: number): number =>
  Number(/^RssAnon:\s+([0-9]+) kB$/m.exec(read(pid, 'status') ?? '')?.[1] ?? 0) / 1024

const sum = (pids: readonly number[], of: (pid: number) => number): number =>
  pids.reduce((total, pid) => total + of(pid), 0)

const treeOf = (root: number): number[] => {
  const parents = new Map(
    readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0)
      .map((pid) => [pid, Number(statOf(pid)[1])]),
  )
  const isInside = (pid: number): boolean => {
    if (pid === root) return true
    const parent = parents.get(pid)
    return parent !== undefined && isInside(parent)
  }
  return [...parents.keys()].filter(isInside)
}

/** Measures a process and all that it starts, from now on; `stop` answers what they used. */
export const measure = (root: number): { stop(): Usage } => {
  let pids = treeOf(root)
  const before = sum(pids, cpuOf)
  let privateMiB = 0
  let samples = 0
  const sample = (): void => {
    if (++samples % LOOK_EVERY === 0) pids = treeOf(root)
    privateMiB = Math.max(privateMiB, sum(pids, privateOf))
  }
  const timer = setInterval(sample, SAMPLE_EVERY)
  return {
    stop: () => {
      clearInterval(timer)
      pids = treeOf(root)
      sample()
      return { cpu: sum(pids, cpuOf) - before, privateMiB }
    },
  }
}
