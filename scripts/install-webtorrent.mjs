// Installs webtorrent for the tests and benchmarks that have it as a partner, outside of this repository:
//   node scripts/install-webtorrent.mjs
// Its compiled parts (WebRTC, uTP) are left out, since nothing is to run when it installs; WebRTC comes by a package that
// brings what is compiled.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const VERSION = '3.0.21'
const DATACHANNEL_VERSION = '0.33.4'
/** Milliseconds; it needs about 15 s. */
const PATIENCE = 120_000

const folder = process.env.SHOAL_WEBTORRENT ?? join(homedir(), '.cache', 'shoal', 'webtorrent')
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
const words = [
  'install',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
  `webtorrent@${VERSION}`,
  `node-datachannel@${DATACHANNEL_VERSION}`,
]
const options = { cwd: folder, stdio: 'inherit', timeout: PATIENCE, shell: process.platform === 'win32' }
process.exit(spawnSync('npm', words, options).status ?? 1)
