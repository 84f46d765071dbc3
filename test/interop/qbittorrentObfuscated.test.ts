import { qbittorrent } from './client/qbittorrent.js'
import { testWithClient } from './withClient.js'

testWithClient({ ...qbittorrent('obfuscated'), name: 'qbittorrent-obfuscated', formats: ['hybrid'] })
