// Compiles the simulator, which runs the engine's own source, and runs it with the arguments given.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const node = (...words) => spawnSync(process.execPath, words, { cwd: root, stdio: 'inherit' }).status ?? 1

const compiled = node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.sim.json')
process.exitCode = compiled || node('output/sim/test/sim/main.js', ...process.argv.slice(2))
