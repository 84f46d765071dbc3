import type { SettingDocument } from '../api/contract.js'
import type { Origin } from '../support/config.js'
import type { Call } from './definition.js'
import { peerSettings } from './settings.js'
import { written } from './written.js'

/** The settings of a peer and where they came from, as its web page shows them. */
export const settingDocuments = ({
  settings,
  origins,
}: Pick<Call<typeof peerSettings>, 'settings' | 'origins'>): SettingDocument[] => {
  const [given, from] = [settings as Record<string, unknown>, origins as Record<string, Origin>]
  return Object.entries(peerSettings).map(([key, { flag, description }]) => ({
    name: flag,
    description,
    value: written(given[key]),
    source: from[key]?.name ?? 'default',
    isChangeable: false,
  }))
}
