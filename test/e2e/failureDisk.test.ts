import { execFileSync } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { steady } from './tools/otherPeer.js'
import { test, type World } from './tools/world.js'

const MiB = 1024 * 1024

const mount = (...words: string[]): boolean => {
  try {
    execFileSync('mount', words, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const CAN_MOUNT = ((): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  if (!mount('-t', 'tmpfs', '-o', 'size=64k', 'shoal-try', '/mnt')) return false
  execFileSync('umount', ['/mnt'])
  return true
})()
if (!CAN_MOUNT) console.warn('skipped: full and read-only disks, which need root on Linux')

/** A disk of its own in the folder of the test. */
const disk = async (world: World, name: string, size: string): Promise<string> => {
  const folder = world.path(name)
  await mkdir(folder)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'shoal-test', folder])
  world.endings.push(() => void execFileSync('umount', ['-l', folder]))
  return folder
}

test
  .skipIf(!CAN_MOUNT)
  .concurrent(
    'F1 A7 the disk is full: exit 1 in one line, and with room again it resumes',
    async ({ world, expect }) => {
      const tracker = await world.tracker()
      const content = await world.content('film.bin', 3 * MiB)
      const { other, id } = await world.seeder(tracker, content, steady(5))
      const out = await disk(world, 'small', '1500k')
      const place = { out, state: world.path('state') }
      const leecher = world.get(id, content, ['--no-seed', '--tracker', tracker], place)
      await leecher.exits(1)
      expect(leecher.events.find(({ event }) => event === 'error')).toMatchObject({ code: 'DISK_FULL' })
      expect(leecher.stderr.trimEnd().split('\n').at(-1)).toMatch(/^error: .*Free some room/)
      expect(await readdir(out)).toEqual(['film.bin.part'])
      execFileSync('mount', ['-o', 'remount,size=8m', out])
      const before = other.asked.length
      await world.get(id, content, ['--no-seed', '--tracker', tracker], place).exits(0)
      await world.expectFile(join(out, content.name), content)
      expect(other.asked.length - before).toBeLessThan(0.8 * content.chunks)
    },
  )

test
  .skipIf(!CAN_MOUNT)
  .concurrent(
    'F1 A7 a running peer waits on a full disk, and goes on once there is room',
    async ({ world }) => {
      const tracker = await world.tracker()
      const [host = '', port = ''] = tracker.split(':')
      const content = await world.content('film.bin', 3 * MiB)
      const { id } = await world.seeder(tracker, content)
      const out = await disk(world, 'small', '1500k')
      world.guard(out, [content])
      const words = ['-o', out, '--state', world.path('state'), '--log-level', 'info']
      const peer = world.run('peer', '127.0.0.1', '0', host, port, ...words)
      peer.process.stdin?.write(`2\n${id}\n`)
      await peer.logs(/Free some room/)
      execFileSync('mount', ['-o', 'remount,size=8m', out])
      await peer.says('Complete and verified')
      await world.expectFile(join(out, content.name), content)
      peer.process.stdin?.write('5\n')
      await peer.exits(0)
    },
  )

test
  .skipIf(!CAN_MOUNT)
  .concurrent(
    'F1 A7 the state folder is on a full disk: exit 1, nothing corrupt',
    async ({ world, expect }) => {
      const tracker = await world.tracker()
      const content = await world.content('film.bin', MiB)
      const { id } = await world.seeder(tracker, content)
      const state = await disk(world, 'state', '4k')
      const leecher = world.get(id, content, ['--no-seed', '--tracker', tracker], { state })
      await leecher.exits(1)
      expect(leecher.stderr.trimEnd().split('\n').at(-1)).toMatch(/^error: .+/)
    },
  )

test
  .skipIf(!CAN_MOUNT)
  .concurrent(
    'F1 A7 the disk is read-only: exit 1 in one line, and once it is not the download goes on',
    async ({ world, expect }) => {
      const tracker = await world.tracker()
      const content = await world.content('film.bin', MiB)
      const { other, id } = await world.seeder(tracker, content)
      const out = await disk(world, 'disk', '8m')
      const place = { out, state: world.path('state') }
      execFileSync('mount', ['-o', 'remount,ro', out])
      const leecher = world.get(id, content, ['--no-seed', '--tracker', tracker], place)
      await leecher.exits(1)
      expect(leecher.stderr.trimEnd().split('\n').at(-1)).toMatch(/^error: .+/)
      expect(other.asked).toEqual([])
      execFileSync('mount', ['-o', 'remount,rw', out])
      await world.get(id, content, ['--no-seed', '--tracker', tracker], place).exits(0)
      await world.expectFile(join(out, content.name), content)
    },
  )

test.concurrent(
  'F1 A7 an output folder that cannot be made: exit 1 in one line that names it',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', 50_000)
    const { other, id } = await world.seeder(tracker, content)
    await writeFile(world.path('file'), '')
    const out = world.path('file', 'out')
    const where = ['-o', out, '--state', world.path('state'), '--host', '127.0.0.1', '--port', '0']
    const leecher = world.run('get', String(id), '--no-seed', '--tracker', tracker, ...where)
    await leecher.exits(1)
    expect(leecher.stderr).toContain(out)
    expect(leecher.stderr).toMatch(/^error: .+\n$/)
    expect(other.asked).toEqual([])
  },
)
