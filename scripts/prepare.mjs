// Brings a clone to the state in which its commands run: packages installed as locked, dist built from src.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)
const newest = (folder) =>
  Math.max(
    0,
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => modified(join(entry.parentPath ?? entry.path, entry.name))),
  )
const fail = (why) => {
  console.error(why)
  process.exit(1)
}
const npm = (...args) => {
  const options = { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' }
  if (spawnSync('npm', args, options).status !== 0) fail('The packages could not be installed.')
}

if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
  console.log('Installing packages…')
  npm('ci', '--no-audit', '--no-fund', '--loglevel=error')
  writeFileSync('node_modules/.package-lock.json', '', { flag: 'a' })
}
const stamp = 'dist/.built'
const sources = [newest('src'), newest('web'), modified('tsconfig.json'), modified('tsconfig.build.json')]
if (modified(stamp) < Math.max(...sources)) {
  console.log('Building…')
  rmSync('dist', { recursive: true, force: true })
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']
  const vite = ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn']
  for (const step of [tsc, vite])
    if (spawnSync(process.execPath, step, { stdio: 'inherit' }).status !== 0) fail('The build failed.')
  writeFileSync(stamp, '')
}
