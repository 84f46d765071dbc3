import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { ShoalError } from '../../protocol/errors.js'
import { TransferDocument, UploadDocument, UploadPath, UploadQuery } from '../contract.js'
import type { App, Routes } from '../context.js'
import { transferDocument } from '../document.js'
import { answering } from './schema.js'

const UploadParams = Type.Object({ id: Type.String() })

const isStream = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body

export const addUploads: Routes = (app, { uploads }) => {
  const params = UploadParams
  app.post(
    '/api/uploads',
    {
      schema: {
        ...answering('Begins to share what a browser sends.', UploadDocument, 201),
        querystring: UploadQuery,
      },
    },
    async ({ query }, reply) => reply.code(201).send(await uploads.open(query.name, query.isFolder)),
  )
  app.post(
    '/api/uploads/:id/share',
    { schema: { ...answering('Shares what was sent.', TransferDocument, 201), params } },
    async ({ params }, reply) =>
      reply.code(201).send(transferDocument((await uploads.share(params.id)).summary)),
  )
  app.delete(
    '/api/uploads/:id',
    { schema: { ...answering('Gives up an upload and deletes its files.', UploadDocument), params } },
    async ({ params }) => uploads.abandon(params.id),
  )
  void app.register(async (streams: App) => {
    streams.removeAllContentTypeParsers()
    // Whatever a browser takes the file for, it is bytes.
    streams.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    streams.put(
      '/api/uploads/:id/content',
      {
        schema: {
          ...answering('Takes one file, which is the body.', UploadDocument),
          params,
          querystring: UploadPath,
        },
        config: { isStream: true },
      },
      async ({ params, query, body, raw }) => {
        // What is empty has no body.
        const data = isStream(body) ? body : Readable.from([])
        const abort = new AbortController()
        raw.once('close', () => {
          if (!raw.complete) abort.abort()
        })
        return await uploads.write(
          params.id,
          query.path,
          whole(data, () => raw.complete),
          abort.signal,
        )
      },
    )
  })
}

/** A body that was cut off is no file. */
async function* whole(
  data: AsyncIterable<Uint8Array>,
  isComplete: () => boolean,
): AsyncGenerator<Uint8Array> {
  yield* data
  if (!isComplete()) throw new ShoalError('INTERRUPTED', 'The file was cut off')
}
