import type { RateLimits } from '../../node/api.js'
import { SettingsChange, SettingsDocument, type SettingDocument } from '../contract.js'
import type { Routes } from '../context.js'
import { answering } from './schema.js'
import { limitsOf } from './torrents.js'

/** The settings that can be changed while the peer runs, and what they are by now. */
const CHANGEABLE: Readonly<Record<string, keyof RateLimits>> = {
  'download-limit': 'download',
  'upload-limit': 'upload',
}

/** A setting as it is by now. */
const present = (setting: SettingDocument, limits: RateLimits): SettingDocument => {
  const kind = CHANGEABLE[setting.name]
  if (kind === undefined) return setting
  const value = limits[kind] ?? null
  const source = value === setting.value ? setting.source : 'changed since the start'
  return { ...setting, value, source, isChangeable: true }
}

export const addSettings: Routes = (app, { peer, settings }) => {
  const document = (): SettingsDocument => ({
    settings: settings.map((setting) => present(setting, peer.limits)),
  })
  app.get(
    '/api/settings',
    { schema: answering('The settings of the peer, and where each came from.', SettingsDocument) },
    async () => document(),
  )
  app.patch(
    '/api/settings',
    {
      schema: {
        ...answering('Changes what holds from now on, until the peer restarts.', SettingsDocument),
        body: SettingsChange,
      },
    },
    async ({ body }) => {
      if (body.limits !== undefined) peer.setLimits(limitsOf(body.limits))
      return document()
    },
  )
}
