import type { Target } from './target.js'
import { announceTargets } from './targets/announce.js'
import { fileTargets } from './targets/files.js'
import { jsonTargets } from './targets/json.js'
import { metainfoTargets } from './targets/metainfo.js'
import { reachTargets } from './targets/reach.js'
import { wireTargets } from './targets/wire.js'

/** Every decoder of what peers, trackers, torrents and files say. A new one is an entry in one of these lists. */
export const targets: readonly Target[] = [
  ...jsonTargets,
  ...reachTargets,
  ...metainfoTargets,
  ...wireTargets,
  ...announceTargets,
  ...fileTargets,
]
