import { stat, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ApiClient } from '../api/client.js'
import type { TransferDetails, TransferDocument } from '../api/contract.js'
import { ShoalError } from '../protocol/errors.js'
import { MAX_METAINFO } from '../protocol/limits.js'
import type { Endpoint } from '../protocol/ids.js'
import { formatBytes } from '../support/units.js'
import type { Call } from './definition.js'
import type { Output } from './output.js'
import { plainLine, transferLine } from './progress/bar.js'
import type { viaSettings } from './settings.js'
import { sayShared } from './transfer.js'
import { safeName } from './text.js'

/** Milliseconds from one look at a handed-over transfer to the next. */
const LOOK_EVERY = 500

/** On lines instead of bars, looks from one line to the next. */
const LOOKS_PER_LINE = 6

type ViaCall = Pick<Call<typeof viaSettings>, 'settings' | 'output' | 'interrupt'>

/** The running peer at --via. */
const openVia = async ({ settings }: ViaCall, endpoint: Endpoint): Promise<ApiClient> => {
  const { ApiClient } = await import('../api/client.js')
  const { token, fingerprint } = settings
  return new ApiClient({ endpoint, token, fingerprint })
}

/** Shows how a transfer comes on that another process carries out. */
class Watch {
  readonly #output: Output
  #looks = 0

  constructor(output: Output) {
    this.#output = output
  }

  show(seen: TransferDetails): void {
    const { board, isJson } = this.#output
    const { name, state, done, size, downloadRate, eta, peers, torrentId, uploadRate } = seen
    const shown = { name, state, done, size, downloadRate, eta, peers }
    if (isJson) this.#output.event({ event: 'progress', torrentId, uploadRate, ...shown })
    else if (board !== undefined) board.draw([transferLine(shown, board.columns)])
    else if (this.#looks % LOOKS_PER_LINE === 0) this.#output.note(plainLine(shown))
    this.#looks++
  }

  end(): void {
    this.#output.board?.draw([])
  }
}

/** Complete, or served: what was to be done is done. */
const DONE: ReadonlySet<TransferDocument['state']> = new Set(['seeding', 'finished'])

/** Watches a transfer to its end. @throws ShoalError what went wrong with it */
const watch = async (
  { output, interrupt }: ViaCall,
  client: ApiClient,
  { key }: TransferDocument,
): Promise<TransferDetails> => {
  const shown = new Watch(output)
  try {
    for (;;) {
      const seen = await interrupt.race(client.torrent(key))
      if (seen.error !== undefined) throw new ShoalError(seen.error.code, seen.error.detail)
      if (seen.state === 'stopped')
        throw new ShoalError('INTERRUPTED', `${safeName(seen.name)} was stopped there`)
      if (DONE.has(seen.state)) return seen
      shown.show(seen)
      await interrupt.race(pause(LOOK_EVERY))
    }
  } finally {
    shown.end()
  }
}

/** Has the running peer at `endpoint` share paths of its machine, and says under what they are listed. */
export const shareVia = async (
  call: ViaCall,
  endpoint: Endpoint,
  paths: readonly string[],
  name: string | undefined,
): Promise<void> => {
  const client = await openVia(call, endpoint)
  for (const path of paths) {
    const listed = await call.interrupt.race(client.share({ path: resolve(path), name }))
    sayShared(call.output, await watch(call, client, listed))
  }
  call.output.note('The running peer goes on sharing it.')
}

/** How a torrent is to be fetched there. */
export interface GetVia {
  readonly select: readonly string[]
  readonly priorities: readonly {
    readonly glob: string
    readonly priority: 'skip' | 'low' | 'normal' | 'high'
  }[]
  readonly isSequential: boolean
  readonly seed: boolean
}

const isFile = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile() && found.size <= MAX_METAINFO,
    () => false,
  )

/** A .torrent of this machine is sent; all else the peer looks up itself. */
const beginGet = async (
  client: ApiClient,
  what: string,
  { select, priorities, isSequential, seed }: GetVia,
): Promise<TransferDocument> => {
  if (!(await isFile(what)))
    return client.get({ what, select: [...select], priorities: [...priorities], isSequential, seed })
  if (select.length > 1 || priorities.length > 0)
    throw new ShoalError('USAGE', 'With --via and a .torrent file there is one --select and no --priority.')
  const query = new URLSearchParams({ seed: String(seed), isSequential: String(isSequential) })
  if (select[0] !== undefined) query.set('select', select[0])
  return client.getMetainfo(await readFile(what), query)
}

/** Has the running peer at `endpoint` fetch torrents, and waits until they are complete. */
export const getVia = async (
  call: ViaCall,
  endpoint: Endpoint,
  whats: readonly string[],
  options: GetVia,
): Promise<void> => {
  const client = await openVia(call, endpoint)
  for (const what of whats) {
    const listed = await call.interrupt.race(beginGet(client, what, options))
    const { torrentId, name, path, size } = await watch(call, client, listed)
    call.output.event({ event: 'complete', torrentId, name, path, size })
    call.output.line(`Complete and verified in the running peer: ${safeName(path)}, ${formatBytes(size)}`)
  }
}
