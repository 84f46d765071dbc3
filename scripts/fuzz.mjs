// Builds test/fuzz with what it tests into fuzz-build/, and runs it there; the arguments are its own.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
rmSync('fuzz-build', { recursive: true, force: true })

const node = (...args) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1

const built = node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.fuzz.json')
process.exit(built || node('fuzz-build/test/fuzz/run.js', ...process.argv.slice(2)))
