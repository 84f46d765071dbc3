import type {
  CatalogDocument,
  FilePriority,
  FilesDocument,
  HistoryDocument,
  LimitsDocument,
  PeersDocument,
  PiecesDocument,
  SettingsDocument,
  StatusDocument,
  TorrentTrackers,
  TransferDetails,
  TransferDocument,
  TransfersDocument,
  UploadDocument,
} from '../../../src/api/contract.js'
import type { DiagnosisDocument } from './diagnosis.js'
import { ask } from './request.js'

/** How something is fetched. */
export interface GetChoice {
  readonly seed: boolean
  readonly isSequential: boolean
}

export type Action = 'pause' | 'resume' | 'stop' | 'recheck'

/** Most transfers in one answer. */
export const TRANSFERS_PAGE = 1000

const query = (values: Readonly<Record<string, string | number | boolean>>): string =>
  new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)])).toString()

const of = (id: string, rest = ''): string => `api/torrents/${encodeURIComponent(id)}${rest}`

/** What the page asks of a peer. Each throws ApiError. */
export const peer = {
  status: () => ask<StatusDocument>('api/status'),
  logIn: (password: string) => ask<unknown>('api/session', { method: 'POST', body: { password } }),
  session: () => ask<{ by: string }>('api/session'),
  logOut: () => ask<unknown>('api/session', { method: 'DELETE' }),
  catalog: (search: string, offset: number, limit: number) =>
    ask<CatalogDocument>(`api/catalog?${query({ offset, limit, ...(search && { query: search }) })}`),
  transfers: (offset: number) =>
    ask<TransfersDocument>(`api/torrents?${query({ offset, limit: TRANSFERS_PAGE })}`),
  get: (what: string, choice: GetChoice) =>
    ask<TransferDocument>('api/torrents', { method: 'POST', body: { what, ...choice } }),
  getMetainfo: (torrent: Blob, choice: GetChoice) =>
    ask<TransferDocument>(`api/torrents/metainfo?${query({ ...choice })}`, {
      method: 'POST',
      data: torrent,
      type: 'application/x-bittorrent',
    }),
  share: (path: string) => ask<TransferDocument>('api/shares', { method: 'POST', body: { path } }),
  openUpload: (name: string, isFolder: boolean) =>
    ask<UploadDocument>(`api/uploads?${query({ name, isFolder })}`, { method: 'POST' }),
  shareUpload: (id: string) => ask<TransferDocument>(`api/uploads/${id}/share`, { method: 'POST' }),
  dropUpload: (id: string) => ask<unknown>(`api/uploads/${id}`, { method: 'DELETE' }),
  details: (id: string) => ask<TransferDetails>(of(id)),
  change: (id: string, change: { isSequential?: boolean; limits?: Partial<LimitsDocument> }) =>
    ask<unknown>(of(id), { method: 'PATCH', body: change }),
  act: (id: string, action: Action) => ask<unknown>(of(id, `/${action}`), { method: 'POST' }),
  remove: (id: string, data: boolean) => ask<unknown>(of(id, `?${query({ data })}`), { method: 'DELETE' }),
  files: (id: string, offset: number) =>
    ask<FilesDocument>(of(id, `/files?${query({ offset, limit: 5000 })}`)),
  prioritise: (id: string, files: readonly number[], priority: FilePriority) =>
    ask<FilesDocument>(of(id, '/files'), { method: 'PATCH', body: { priorities: [{ files, priority }] } }),
  peers: (id: string) => ask<PeersDocument>(of(id, '/peers')),
  pieces: (id: string) => ask<PiecesDocument>(of(id, '/pieces')),
  trackers: (id: string) => ask<TorrentTrackers>(of(id, '/trackers')),
  history: (id: string) => ask<HistoryDocument>(of(id, '/history')),
  diagnosis: (id: string) => ask<DiagnosisDocument>(of(id, '/diagnosis')),
  settings: () => ask<SettingsDocument>('api/settings'),
  setLimits: (limits: LimitsDocument) => ask<unknown>('api/settings', { method: 'PATCH', body: { limits } }),
}

/** Addresses that the browser follows by itself. */
export const address = {
  content: (id: string, file: number): string => of(id, `/files/${file}/content`),
  download: (id: string, file: number): string => of(id, `/files/${file}/content?download=true`),
  zip: (id: string): string => of(id, '/zip'),
  metainfo: (id: string): string => of(id, '/metainfo'),
}
