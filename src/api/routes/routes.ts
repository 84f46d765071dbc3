import type { ApiContext, App, Routes } from '../context.js'
import { addAdding } from './add.js'
import { addContent } from './content.js'
import { addEvents } from './events.js'
import { addInside } from './inside.js'
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
]

/** Adds every route. */
export const addRoutes = async (app: App, context: ApiContext): Promise<void> => {
  for (const add of ALL) add(app, context)
}
