import type { NodeContext } from '../context.js'
import type { Launch, Plan } from './plan.js'
import { startFetch } from './startFetch.js'
import { startSeeding } from './startSeeding.js'

/** Begins to move the data of a torrent as planned. @throws ShoalError as ShoalPeer.get and seed */
export const launch = (context: NodeContext, plan: Plan, launch: Launch): Promise<void> =>
  plan.isComplete ? startSeeding(context, plan, launch) : startFetch(context, plan, launch)
