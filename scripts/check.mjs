// Every check of the project, in the order in which a failure is cheapest to learn.
import { spawnSync } from 'node:child_process'

const checks = ['format:check', 'lint', 'types', 'imports', 'dead-code', 'test:unit']

for (const check of checks) {
  const start = performance.now()
  console.log(`\n── ${check}`)
  const { status } = spawnSync('npm', ['run', '--silent', check], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  console.log(
    `── ${check}: ${status === 0 ? 'ok' : 'FAILED'} in ${((performance.now() - start) / 1000).toFixed(1)} s`,
  )
  if (status !== 0) process.exit(1)
}
console.log('\nAll checks passed.')
