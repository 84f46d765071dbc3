import { libtorrent } from './client/libtorrent.js'
import { testWithClient } from './withClient.js'

testWithClient(libtorrent('obfuscated'))
testWithClient({ ...libtorrent('rc4'), formats: ['hybrid'] })
