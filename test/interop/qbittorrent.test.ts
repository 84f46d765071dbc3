import { qbittorrent } from './client/qbittorrent.js'
import { testWithClient } from './withClient.js'

testWithClient(qbittorrent())
