import { ACCEPTS_MSE } from './abilities.js'
import { webtorrent } from './client/webtorrent.js'
import { testWithClient } from './withClient.js'

testWithClient(webtorrent(), { canFetch: ACCEPTS_MSE })
