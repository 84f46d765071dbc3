import { config } from './command/config.js'
import { consoleCommand } from './command/console.js'
import { createCommand } from './command/create.js'
import { id } from './command/id.js'
import { join } from './command/join.js'
import { show } from './command/show.js'
import { split } from './command/split.js'
import { verify } from './command/verify.js'
import { demo } from './command/demo.js'
import { get } from './command/get.js'
import { list } from './command/list.js'
import { password } from './command/password.js'
import { peer } from './command/peer.js'
import { peers } from './command/peers.js'
import { seed } from './command/seed.js'
import { share } from './command/share.js'
import { status } from './command/status.js'
import { stop } from './command/stop.js'
import { token } from './command/token.js'
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
  status,
  peers,
  stop,
  id,
  password,
  token,
  createCommand,
  show,
  verify,
  split,
  join,
  demo,
  config,
]
