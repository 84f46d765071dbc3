import { isAbsolute } from 'node:path'
import type { GetOptions } from '../../node/api.js'
import { ShoalError } from '../../protocol/errors.js'
import { MAX_METAINFO } from '../../protocol/limits.js'
import { parseMagnet } from '../../protocol/metainfo/magnet.js'
import { GetRequest, MetainfoQuery, ShareRequest, TransferDocument } from '../contract.js'
import type { App, Routes } from '../context.js'
import { transferDocument } from '../document.js'
import { answering } from './schema.js'
import { limitsOf } from './torrents.js'

/** A number of the tracker, a magnet link or a URL: paths of this machine are not for who asks from elsewhere. */
const REMOTE = /^(?:[0-9]{1,15}|magnet:.+|https?:\/\/.+)$/is

const requireRemote = (what: string): string => {
  if (!REMOTE.test(what))
    throw new ShoalError('USAGE', `${JSON.stringify(what.slice(0, 80))} is no torrent id, magnet link or URL`)
  // What is no link is said to whoever pasted it, not to the list of transfers.
  if (/^magnet:/i.test(what)) parseMagnet(what)
  return what
}

const optionsOf = ({
  seed,
  select,
  priorities,
  isSequential,
  limits,
}: Omit<GetRequest, 'what'>): GetOptions => ({
  seed: seed ?? true,
  ...(select && { select }),
  ...(priorities && { priorities }),
  ...(isSequential !== undefined && { isSequential }),
  ...(limits && { limits: limitsOf(limits) }),
})

export const addAdding: Routes = (app, { peer }) => {
  app.post(
    '/api/torrents',
    {
      schema: {
        ...answering('Fetches a torrent by id, magnet link or URL.', TransferDocument, 201),
        body: GetRequest,
      },
    },
    async ({ body }, reply) => {
      const { what, ...options } = body
      const transfer = peer.addGet(requireRemote(what), optionsOf(options))
      return reply.code(201).send(transferDocument(transfer.summary))
    },
  )
  app.post(
    '/api/shares',
    {
      schema: {
        ...answering('Shares a file or folder of the machine of the peer.', TransferDocument, 201),
        body: ShareRequest,
      },
    },
    async ({ body }, reply) => {
      const { path, name, limits } = body
      if (!isAbsolute(path))
        throw new ShoalError('USAGE', `${JSON.stringify(path.slice(0, 200))} is no absolute path`)
      const options = { ...(name && { name }), ...(limits && { limits: limitsOf(limits) }) }
      return reply.code(201).send(transferDocument(peer.addShare(path, options).summary))
    },
  )
  void app.register(async (bytes: App) => {
    bytes.removeAllContentTypeParsers()
    bytes.addContentTypeParser('application/x-bittorrent', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    bytes.post(
      '/api/torrents/metainfo',
      {
        schema: {
          ...answering('Fetches what a .torrent, which is the body, describes.', TransferDocument, 201),
          querystring: MetainfoQuery,
        },
        bodyLimit: MAX_METAINFO,
      },
      async ({ body, query }, reply) => {
        if (!(body instanceof Uint8Array)) throw new ShoalError('USAGE', 'The body is no .torrent')
        const options = { ...query, select: query.select === undefined ? undefined : [query.select] }
        const transfer = peer.addGet(body, optionsOf(options))
        return reply.code(201).send(transferDocument(transfer.summary))
      },
    )
  })
}
