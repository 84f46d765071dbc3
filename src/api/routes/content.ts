import type { FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { Transfer, TransferFile } from '../../node/api.js'
import { ShoalError } from '../../protocol/errors.js'
import { CONTENT_HEADERS, contentTypeOf, dispositionOf } from '../content/headers.js'
import { isSameContent, wantedRange } from '../content/range.js'
import { zipOf } from '../content/zip.js'
import type { Routes } from '../context.js'
import { findTransfer } from '../findTransfer.js'
import { TorrentParams } from './schema.js'

const FileParams = Type.Object({ id: Type.String(), index: Type.Integer({ minimum: 0 }) })

const ContentQuery = Type.Object({
  download: Type.Boolean({ default: false, description: 'whether a browser is to save it' }),
})

/** Milliseconds in which nothing moves: pieces may have to come first, and a player that is paused takes nothing. */
const CONTENT_TIME = 10 * 60_000

/** Bytes read ahead of what a caller has taken. */
const READ_AHEAD = 256 * 1024

/** Ends when the caller has gone. */
const goneSignal = ({ raw }: FastifyReply): AbortSignal => {
  const abort = new AbortController()
  raw.once('close', () => abort.abort())
  return abort.signal
}

/** The content never changes under an info-hash. */
const etagOf = ({ summary }: Transfer, index: number): string | undefined => {
  const hash = summary.infoHash ?? summary.infoHashV1
  return hash && `"${hash}-${index}"`
}

const fileOf = (transfer: Transfer, index: number): TransferFile => {
  const file = transfer.files[index]
  if (file === undefined)
    throw new ShoalError('PATH_NOT_FOUND', `"${transfer.summary.name}" has no file ${index}`)
  return file
}

/** The first bytes are waited for, so that what cannot be read is said as a status. */
const streamOf = async (bytes: AsyncGenerator<Uint8Array, void>): Promise<Readable> => {
  const first = await bytes.next()
  const all = async function* () {
    if (first.done === true) return
    yield first.value
    yield* bytes
  }
  return Readable.from(all(), { objectMode: false, highWaterMark: READ_AHEAD })
}

const nameOf = ({ summary }: Transfer, file: TransferFile): string =>
  (summary.isFolder ? file.path.split('/').at(-1) : undefined) ?? summary.name

/** Answers a file or a part of it (RFC 9110, 14). */
const sendFile = async (
  request: FastifyRequest,
  reply: FastifyReply,
  transfer: Transfer,
  { index, isDownload }: { readonly index: number; readonly isDownload: boolean },
): Promise<FastifyReply> => {
  const file = fileOf(transfer, index)
  const { range: header, 'if-range': ifRange } = request.headers
  const etag = etagOf(transfer, index)
  const range = wantedRange(isSameContent(ifRange?.toString(), etag) ? header : undefined, file.size)
  void reply.headers({ ...CONTENT_HEADERS, 'accept-ranges': 'bytes', ...(etag && { etag }) })
  if (range.kind === 'unsatisfiable')
    return reply.code(416).header('content-range', `bytes */${file.size}`).send('')
  const [offset, end] = range.kind === 'part' ? [range.first, range.last + 1] : [0, file.size]
  if (range.kind === 'part')
    void reply.code(206).header('content-range', `bytes ${range.first}-${range.last}/${file.size}`)
  const name = nameOf(transfer, file)
  void reply.headers({
    'content-type': contentTypeOf(name),
    'content-length': end - offset,
    'content-disposition': dispositionOf(name, isDownload),
  })
  if (request.method === 'HEAD' || end === offset) return reply.send('')
  request.raw.socket.setTimeout(CONTENT_TIME)
  const signal = goneSignal(reply)
  return reply.send(await streamOf(transfer.read(index, { offset, length: end - offset, signal })))
}

export const addContent: Routes = (app, { peer }) => {
  const find = (id: string): Transfer => findTransfer(peer.transfers, id)
  app.route({
    method: ['GET', 'HEAD'],
    url: '/api/torrents/:id/files/:index/content',
    schema: {
      summary:
        'A file, or a part of it by Range; what is not there yet is fetched in the order in which it is read.',
      params: FileParams,
      querystring: ContentQuery,
    },
    handler: async (request, reply) => {
      const { id, index } = request.params
      return sendFile(request, reply, find(id), { index, isDownload: request.query.download })
    },
  })
  app.get(
    '/api/torrents/:id/zip',
    { schema: { summary: 'All files as a zip archive, as they come.', params: TorrentParams } },
    async ({ params, raw }, reply) => {
      const transfer = find(params.id)
      const { length, stream } = zipOf(transfer, goneSignal(reply))
      raw.socket.setTimeout(CONTENT_TIME)
      void reply.headers({
        ...CONTENT_HEADERS,
        'content-type': 'application/zip',
        'content-length': String(length),
        'content-disposition': dispositionOf(`${transfer.summary.name}.zip`, true),
      })
      return reply.send(Readable.fromWeb(stream))
    },
  )
  app.get(
    '/api/torrents/:id/metainfo',
    { schema: { summary: 'Its .torrent.', params: TorrentParams } },
    async ({ params }, reply) => {
      const { metainfo, summary } = find(params.id)
      if (metainfo === undefined)
        throw new ShoalError('PATH_NOT_FOUND', `No .torrent of "${summary.name}" is known`)
      void reply.headers({
        ...CONTENT_HEADERS,
        'content-type': 'application/x-bittorrent',
        'content-disposition': dispositionOf(`${summary.name}.torrent`, true),
      })
      return reply.send(Buffer.from(metainfo))
    },
  )
}
