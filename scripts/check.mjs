// Every check of the project. Tests wait a lot for sockets and processes; what reads the source runs meanwhile, with
// what is cheapest to learn first, and yields to them. Whatever fails ends everything.
import { spawn, spawnSync } from 'node:child_process'
import { constants, setPriority } from 'node:os'

const checks = ['format:check', 'types', 'imports', 'dead-code', 'lint']
const tests = 'test:unit'

const isWindows = process.platform === 'win32'
const running = new Set()

const endAll = () => {
  for (const { pid } of running) {
    if (isWindows) spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'])
    else process.kill(-pid, 'SIGTERM')
  }
}

const start = (name, stdio) => {
  const child = spawn('npm', ['run', '--silent', name], { stdio, shell: isWindows, detached: !isWindows })
  running.add(child)
  return child
}

/** Resolves to whether it ended well, having said so. */
const ended = (child, name, output) => {
  const begun = performance.now()
  return new Promise((resolve) => {
    child.once('close', (code) => {
      running.delete(child)
      const seconds = ((performance.now() - begun) / 1000).toFixed(1)
      console.log(`\n── ${name}: ${code === 0 ? 'ok' : 'FAILED'} in ${seconds} s`)
      if (code !== 0) process.stdout.write(output())
      resolve(code === 0)
    })
  })
}

/** Runs one of `checks`, and shows what it prints only where it fails. */
const runQuietly = (name) => {
  const child = start(name, ['ignore', 'pipe', 'pipe'])
  setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
  const chunks = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk))
  return ended(child, name, () => Buffer.concat(chunks))
}

const runChecks = async () => {
  for (const name of checks) if (!(await runQuietly(name))) return false
  return true
}

const runTests = () => ended(start(tests, ['ignore', 'inherit', 'inherit']), tests, () => '')

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    endAll()
    process.exit(1)
  })

const failFast = async (lane) => {
  if (await lane) return
  endAll()
  process.exitCode = 1
}
await Promise.all([failFast(runTests()), failFast(runChecks())])
if (process.exitCode === undefined) console.log('\nAll checks passed.')
