import { config } from './command/config.js'
import { consoleCommand } from './command/console.js'
import { demo } from './command/demo.js'
import { get } from './command/get.js'
import { list } from './command/list.js'
import { peer } from './command/peer.js'
import { seed } from './command/seed.js'
import { share } from './command/share.js'
import { tracker } from './command/tracker.js'
import type { Command } from './definition.js'

/** Every command, in the order of help; the menu takes its entries in the same order. */
export const commands: readonly Command[] = [
  consoleCommand,
  list,
  get,
  share,
  peer,
  tracker,
  seed,
  demo,
  config,
]
