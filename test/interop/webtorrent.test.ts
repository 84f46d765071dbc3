import { webtorrent } from './client/webtorrent.js'
import { testWithClient } from './withClient.js'

testWithClient(webtorrent())
