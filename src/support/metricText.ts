/** One metric of the text format of Prometheus: its samples by labels, which are '' or `{name="value",…}`. */
export interface MetricFamily {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly samples: ReadonlyMap<string, number>
}

/** The content type of the text format. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export const family = (
  name: string,
  type: MetricFamily['type'],
  help: string,
  samples: ReadonlyMap<string, number>,
): MetricFamily => ({ name, type, help, samples })

export const gauge = (name: string, help: string, value: number): MetricFamily =>
  family(name, 'gauge', help, new Map([['', value]]))

export const counter = (name: string, help: string, value: number): MetricFamily =>
  family(name, 'counter', help, new Map([['', value]]))

/** What a process tells of itself. */
export const processFamilies = (): readonly MetricFamily[] => {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  return [
    counter('process_cpu_seconds_total', 'Processor time of this process.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Memory of this process that is in RAM.', rss),
    gauge('nodejs_heap_used_bytes', 'Memory of objects.', heapUsed),
    gauge('nodejs_external_memory_bytes', 'Memory of buffers.', external),
    gauge(
      'process_start_time_seconds',
      'When this process started, since 1970.',
      Date.now() / 1000 - process.uptime(),
    ),
  ]
}

const textOf = ({ name, type, help, samples }: MetricFamily): string => {
  const lines = [...samples].map(([labels, value]) => `${name}${labels} ${value}`)
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
}

/** The families in the text format of Prometheus. */
export const renderFamilies = (families: readonly MetricFamily[]): string => families.map(textOf).join('')
