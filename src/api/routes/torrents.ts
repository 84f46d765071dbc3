import type { RateLimits, Transfer } from '../../node/api.js'
import { ShoalError } from '../../protocol/errors.js'
import {
  ActionDocument,
  RemoveQuery,
  TransferDetails,
  TransferSettings,
  TransfersDocument,
  TransfersQuery,
  type TransferSettings as Settings,
} from '../contract.js'
import type { Routes } from '../context.js'
import { detailsDocument, nameDocument, transferDocument } from '../document.js'
import { findTransfer } from '../findTransfer.js'
import { answering, pageOf, TorrentParams } from './schema.js'

type Change = { readonly [Kind in keyof RateLimits]?: number | null | undefined }

/** Limits as the node takes them: what is null is none, what is not named is not named. */
export const limitsOf = (change: Change): Partial<RateLimits> =>
  Object.fromEntries(
    Object.entries(change)
      .filter(([, rate]) => rate !== undefined)
      .map(([kind, rate]) => [kind, rate ?? undefined]),
  )

const change = (transfer: Transfer, { isSequential, limits }: Settings): void => {
  if (limits !== undefined) transfer.setLimits(limitsOf(limits))
  if (isSequential !== undefined) transfer.setSequential(isSequential)
}

/** Does something to a torrent and says what it did before. */
const act = async (
  transfer: Transfer,
  work: (transfer: Transfer) => Promise<void>,
): Promise<ActionDocument> => {
  const was = transfer.summary.state
  await work(transfer)
  return { ...nameDocument(transfer.summary), was }
}

export const addTorrents: Routes = (app, { peer, logger }) => {
  const find = (id: string): Transfer => findTransfer(peer.transfers, id)
  app.get(
    '/api/torrents',
    {
      schema: {
        ...answering('Shares and downloads, as they were added.', TransfersDocument),
        querystring: TransfersQuery,
      },
    },
    async ({ query }) => {
      const part = query.query?.toLowerCase() ?? ''
      const summaries = peer.transfers
        .map(({ summary }) => summary)
        .filter(({ state }) => query.state === undefined || state === query.state)
        .filter(({ name }) => part === '' || name.toLowerCase().includes(part))
      const { items, total, nextOffset } = pageOf(summaries, query)
      return { total, torrents: items.map(transferDocument), nextOffset }
    },
  )
  app.get(
    '/api/torrents/:id',
    { schema: { ...answering('One torrent.', TransferDetails), params: TorrentParams } },
    async ({ params }) => detailsDocument(find(params.id)),
  )
  app.patch(
    '/api/torrents/:id',
    {
      schema: {
        ...answering('Changes how a torrent is fetched.', TransferDetails),
        params: TorrentParams,
        body: TransferSettings,
      },
    },
    async ({ params, body }) => {
      const transfer = find(params.id)
      change(transfer, body)
      return detailsDocument(transfer)
    },
  )
  const actions = [
    ['pause', 'Gives up connections and keeps what is there.', (transfer: Transfer) => transfer.pause()],
    ['resume', 'Goes on, also with what failed.', (transfer: Transfer) => transfer.resume()],
    [
      'stop',
      'Stops sharing or fetching, once its tracker was told.',
      (transfer: Transfer) => transfer.stop(),
    ],
  ] as const
  for (const [verb, summary, work] of actions)
    app.post(
      `/api/torrents/:id/${verb}`,
      { schema: { ...answering(summary, ActionDocument), params: TorrentParams } },
      async ({ params }) => act(find(params.id), work),
    )
  // Hashing takes long, so it is not waited for: the state says when it is over, and `error` what was wrong.
  app.post(
    '/api/torrents/:id/recheck',
    { schema: { ...answering('Hashes what is there anew.', ActionDocument), params: TorrentParams } },
    async ({ params }) =>
      act(find(params.id), async (transfer) => {
        transfer.recheck().catch((error: unknown) => {
          if (!(error instanceof ShoalError))
            logger.error(() => `A check failed: ${(error as Error).stack ?? ''}`)
        })
      }),
  )
  app.delete(
    '/api/torrents/:id',
    {
      schema: {
        ...answering('Stops it and forgets it.', ActionDocument),
        params: TorrentParams,
        querystring: RemoveQuery,
      },
    },
    async ({ params, query }) => act(find(params.id), (transfer) => transfer.remove({ data: query.data })),
  )
}
