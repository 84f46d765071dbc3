import { libtorrent } from './client/libtorrent.js'
import { testWithClient } from './withClient.js'

testWithClient(libtorrent())
