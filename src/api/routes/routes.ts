import type { ApiContext, App, Routes } from '../context.js'
import { addAdding } from './add.js'
import { addContent } from './content.js'
import { addDocs } from './docs.js'
import { addEvents } from './events.js'
import { addInside } from './inside.js'
import { addMetrics } from './metrics.js'
import { addSession } from './session.js'
import { addSettings } from './settings.js'
import { addStatus } from './status.js'
import { addTorrents } from './torrents.js'
import { addUploads } from './uploads.js'

const ALL: readonly Routes[] = [
  addStatus,
  addSession,
  addTorrents,
  addInside,
  addAdding,
  addUploads,
  addContent,
  addEvents,
  addSettings,
  addMetrics,
]

/** Adds every route. */
export const addRoutes = async (app: App, context: ApiContext): Promise<void> => {
  await addDocs(app, context)
  for (const add of ALL) add(app, context)
}
