import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from './tools/content.js'
import type { Program } from './tools/program.js'
import { LOOPBACK, test } from './tools/world.js'

const FILES = 5_000
const FOLDERS = 50
/** Descriptors of one torrent that are kept open, and those of the program, its sockets, threads and terminal. */
const MAX_DESCRIPTORS = 64 + 64

/** Every tenth one is empty, the others have up to two chunks and a bit. */
const makeFiles = async (folder: string): Promise<ReadonlyMap<string, Buffer>> => {
  const files = new Map<string, Buffer>()
  for (let index = 0; index < FOLDERS; index++) await mkdir(join(folder, `${index}`), { recursive: true })
  for (let index = 0; index < FILES; index++) {
    const data = randomBytes(index % 10 === 0 ? 0 : (index * 7) % 40_000)
    const path = join(`${index % FOLDERS}`, `file ${index}`)
    files.set(path, data)
    await writeFile(join(folder, path), data)
  }
  return files
}

/** The most descriptors seen open so far, looked at often; 0 where the system does not tell. */
const watchDescriptors = ({ process: { pid } }: Program): (() => number) => {
  let most = 0
  const look = async (): Promise<void> => {
    const open = await readdir(`/proc/${pid}/fd`).catch(() => [])
    most = Math.max(most, open.length)
  }
  const timer = setInterval(() => void look(), 5)
  return () => {
    clearInterval(timer)
    return most
  }
}

test.concurrent(
  `D1 F1 a folder of ${FILES} files, empty ones too, is shared, fetched and verified with few descriptors`,
  async ({ world, expect }) => {
    const files = await makeFiles(world.path('many'))
    const create = world.run('create', world.path('many'), '-o', world.path('many.torrent'))
    await create.exits(0)
    const state = ['--state', world.path('seeder'), '--no-tracker', '--json']
    const seeder = world.run('seed', world.path('many.torrent'), world.folder, ...LOOPBACK, ...state)
    const seederMost = watchDescriptors(seeder)
    const port = await seeder.port()
    await seeder.event('seeding')

    const out = world.path('out')
    const flags = ['--no-seed', '--no-tracker', '--peer', `127.0.0.1:${port}`]
    const content = { name: 'many', data: Buffer.alloc(0) }
    const leecher = world.get(world.path('many.torrent'), content, flags, { out, expected: [] })
    const leecherMost = watchDescriptors(leecher)
    await leecher.exits(0, 60_000)
    const most = { seeder: seederMost(), leecher: leecherMost() }
    expect(most.seeder).toBeLessThan(MAX_DESCRIPTORS)
    expect(most.leecher).toBeLessThan(MAX_DESCRIPTORS)

    await world.run('verify', world.path('many.torrent'), out).exits(0)
    for (const [path, data] of files)
      expect([path, sha256(await readFile(join(out, 'many', path)))]).toEqual([path, sha256(data)])
    const found = await readdir(join(out, 'many'), { recursive: true })
    expect(found).toHaveLength(FILES + FOLDERS)
  },
)
