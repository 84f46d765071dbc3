import type { ApiContext, App, Routes } from '../context.js'
import { addAdding } from './add.js'
import { addEvents } from './events.js'
import { addInside } from './inside.js'
import { addSession } from './session.js'
import { addStatus } from './status.js'
import { addTorrents } from './torrents.js'

const ALL: readonly Routes[] = [addStatus, addSession, addTorrents, addInside, addAdding, addEvents]

/** Adds every route. */
export const addRoutes = async (app: App, context: ApiContext): Promise<void> => {
  for (const add of ALL) add(app, context)
}
