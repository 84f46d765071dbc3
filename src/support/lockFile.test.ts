import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acquireLock } from './lockFile.js'

let folder = ''
let path = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-lock-'))
  path = join(folder, 'lock')
})

afterEach(() => rm(folder, { recursive: true, force: true }))

/** A process that takes the lock, says whether it has it, and waits. */
const holder = async () => {
  const script = join(folder, 'holder.mjs')
  const module = new URL('../../dist/support/lockFile.js', import.meta.url).href
  await writeFile(
    script,
    `import { acquireLock } from '${module}'
console.log(await acquireLock(process.argv[2]) ? 'held' : 'refused')
setInterval(() => {}, 1000)`,
  )
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(child.stdout, 'data')
  const kill = async (): Promise<void> => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  return { said: String(said).trim(), pid: child.pid, kill }
}

describe('a lock', () => {
  it('is had by one at a time, and again after its release', async () => {
    const locks = await Promise.all(Array.from({ length: 10 }, () => acquireLock(path)))
    const had = locks.filter((lock) => lock !== undefined)
    expect(had.length).toBe(1)
    await had[0]?.release()
    await had[0]?.release()
    const again = await acquireLock(path)
    expect(again).toBeDefined()
    await had[0]?.release()
    expect(await acquireLock(path)).toBeUndefined()
    await again?.release()
    expect(await readdir(folder)).toEqual([])
  })

  it('is refused while another process has it, and taken over when that was killed', async () => {
    const { said, pid, kill } = await holder()
    expect(said).toBe('held')
    expect(JSON.parse(await readFile(path, 'utf8')).pid).toBe(pid)
    expect(await acquireLock(path)).toBeUndefined()
    await kill()
    const lock = await acquireLock(path)
    expect(lock).toBeDefined()
    const other = await holder()
    expect(other.said).toBe('refused')
    await other.kill()
    await lock?.release()
  })

  it('is taken over from an earlier process with our number, from nobody and from garbage', async () => {
    const texts = [
      JSON.stringify({ pid: process.pid, started: '', token: 'other' }),
      '',
      'garbage',
      '{"pid":-1}',
    ]
    for (const text of texts) {
      await writeFile(path, text)
      const lock = await acquireLock(path)
      expect(lock).toBeDefined()
      await lock?.release()
    }
  })

  it.skipIf(process.platform !== 'linux')(
    'is taken over from a process whose number another has now',
    async () => {
      await writeFile(path, JSON.stringify({ pid: process.ppid, started: '1', token: 'other' }))
      const lock = await acquireLock(path)
      expect(lock).toBeDefined()
      await lock?.release()
    },
  )

  it('throws where its folder is missing', async () => {
    await expect(acquireLock(join(folder, 'none', 'lock'))).rejects.toThrow('ENOENT')
  })
})
