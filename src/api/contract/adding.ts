import { Type, type Static } from 'typebox'
import { Choice, LimitsChange, Optional } from './common.js'
import { PRIORITY_WORDS } from './inside.js'

const options = {
  select: Optional(
    Type.Array(Type.String({ maxLength: 1024 }), {
      maxItems: 1000,
      description: 'globs over paths inside a folder',
    }),
  ),
  priorities: Optional(
    Type.Array(Type.Object({ glob: Type.String({ maxLength: 1024 }), priority: Choice(PRIORITY_WORDS) }), {
      maxItems: 1000,
    }),
  ),
  isSequential: Optional(Type.Boolean()),
  seed: Optional(Type.Boolean({ description: 'whether it is served once it is complete; default true' })),
  limits: Optional(LimitsChange),
}

/** POST /api/torrents */
export const GetRequest = Type.Object(
  {
    what: Type.String({
      minLength: 1,
      maxLength: 65_536,
      description: 'a tracker id, a magnet link, or the URL of a .torrent',
    }),
    ...options,
  },
  { additionalProperties: false },
)
/** POST /api/torrents */
export type GetRequest = Static<typeof GetRequest>

/** POST /api/torrents/metainfo: the body is a .torrent (application/x-bittorrent). */
export const MetainfoQuery = Type.Object({
  seed: Optional(Type.Boolean()),
  isSequential: Optional(Type.Boolean()),
  select: Optional(Type.String({ maxLength: 1024, description: 'one glob' })),
})

/** POST /api/shares: a path on the machine of the peer. */
export const ShareRequest = Type.Object(
  {
    path: Type.String({ minLength: 1, maxLength: 4096, description: 'absolute' }),
    name: Optional(Type.String({ minLength: 1, maxLength: 255 })),
    limits: Optional(LimitsChange),
  },
  { additionalProperties: false },
)
/** POST /api/shares */
export type ShareRequest = Static<typeof ShareRequest>

/** POST /api/uploads?name=…: begins to share what a browser sends. */
export const UploadQuery = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 255, description: 'of the file, or of the folder' }),
  isFolder: Type.Boolean({ default: false }),
})

/** PUT /api/uploads/:id/content?path=…: the body is the file. */
export const UploadPath = Type.Object({
  path: Type.String({
    maxLength: 4096,
    default: '',
    description: 'inside the folder, names separated by slashes; left out where there is no folder',
  }),
})

/** What has come of an upload. */
export const UploadDocument = Type.Object({
  id: Type.String({ description: 'in the paths of PUT, POST …/share and DELETE' }),
  name: Type.String(),
  files: Type.Integer({ description: 'that are whole' }),
  received: Type.Integer({ description: 'bytes' }),
})
/** What has come of an upload. */
export type UploadDocument = Static<typeof UploadDocument>
