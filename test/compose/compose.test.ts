import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readComposeFile, type Service } from './composeFile.js'
import type { Console } from './console.js'
import { entrypointOf, readStages, valueOf, type Stage } from './dockerfile.js'
import { Host, whyNoHost } from './host.js'
import { makeImage } from './image.js'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const read = (name: string): string => readFileSync(join(PROJECT, name), 'utf8')
const compose = readComposeFile(read('compose.yaml'))
const stages = readStages(read('Dockerfile'))
const lastStage = stages.at(-1) as Stage

const PEERS = ['seeder', 'leecher1', 'leecher2'] as const
type Name = 'tracker' | 'folders' | (typeof PEERS)[number]

const service = (name: Name): Service => {
  const found = compose.services.find((each) => each.name === name)
  if (found === undefined) throw new Error(`compose.yaml has no ${name}`)
  return found
}

describe('compose.yaml', () => {
  test('E4 has the four programs at their addresses and ports, on p2p_network', () => {
    expect(compose.network).toEqual({ driver: 'bridge', subnet: '172.20.0.0/16' })
    const programs = compose.services.filter(({ address }) => address !== undefined)
    expect(programs.map(({ name, address, ports, command }) => [name, address, ports, command])).toEqual([
      ['tracker', '172.20.0.2', ['8888:8888'], ['tracker', '--host', '172.20.0.2', '--port', '8888']],
      ['seeder', '172.20.0.3', ['8001:8001'], ['peer', '172.20.0.3', '8001', '172.20.0.2', '8888']],
      ['leecher1', '172.20.0.4', ['8002:8002'], ['peer', '172.20.0.4', '8002', '172.20.0.2', '8888']],
      ['leecher2', '172.20.0.5', ['8003:8003'], ['peer', '172.20.0.5', '8003', '172.20.0.2', '8888']],
    ])
  })

  test('E4 mounts ./input in the seeder and ./output/<name> in every peer', () => {
    expect(service('seeder').volumes).toContainEqual({
      source: './input',
      target: '/app/files',
      isReadOnly: true,
    })
    for (const name of PEERS) {
      const mount = { source: `./output/${name}`, target: '/app/output', isReadOnly: false }
      expect(service(name).volumes).toContainEqual(mount)
    }
  })

  test('E4 starts the leechers after the seeder after the tracker', () => {
    expect(service('seeder').dependsOn).toContain('tracker')
    for (const name of ['leecher1', 'leecher2'] as const)
      expect(service(name).dependsOn).toEqual(expect.arrayContaining(['tracker', 'seeder']))
  })

  test('E4 A5 a peer has a console to attach to, takes signals, and seeds one file', () => {
    for (const name of PEERS)
      expect(service(name)).toMatchObject({
        hasTerminal: true,
        hasInput: true,
        hasInit: true,
        environment: { SHOAL_SEED_LIMIT: '1' },
      })
  })

  const { status } = spawnSync('docker', ['compose', 'version'])
  test.skipIf(status !== 0)('E4 is valid (skipped where there is no docker compose)', () => {
    const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
      cwd: PROJECT,
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

describe('Dockerfile', () => {
  test('E4 the last stage is built by others and does not run as root', () => {
    expect(stages.length).toBeGreaterThan(1)
    expect(valueOf(lastStage, 'USER')).toBe('node')
    expect(entrypointOf(lastStage)).toEqual(['node', '/app/dist/cli/main.js'])
    expect(lastStage.instructions.map(({ name }) => name)).not.toContain('HEALTHCHECK')
  })

  test('E4 copies what is there and what .dockerignore lets through', () => {
    const lines = read('.dockerignore').split('\n')
    expect(lines).toContain('*')
    const fromContext = stages.flatMap(({ copies }) => copies.filter(({ from }) => from === undefined))
    for (const source of fromContext.flatMap(({ sources }) => sources)) {
      expect(existsSync(join(PROJECT, source))).toBe(true)
      expect(lines).toContain(`!${source}`)
    }
  })

  test('E4 copies from stages that are there', () => {
    const names = stages.map(({ name }) => name)
    const from = stages.flatMap(({ copies }) => copies.flatMap((copy) => copy.from ?? []))
    expect(from.length).toBeGreaterThan(0)
    for (const name of from) expect(names).toContain(name)
  })
})

const reason = whyNoHost()
if (reason !== undefined) console.warn(`Skipped: compose.yaml in network namespaces, because ${reason}.`)

describe.skipIf(reason !== undefined)('compose.yaml in network namespaces', () => {
  /** Seven processes are started, on a machine that may be busy; milliseconds. */
  const TIMEOUT = 120_000
  const OTHER_USER = 1234
  // Long enough that the second leecher is connected to both others before it has everything.
  const SIZE = 48 * 1024 * 1024
  let folder: string
  let host: Host
  let data: Buffer

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoal-compose-'))
    data = randomBytes(SIZE)
    await cp(join(PROJECT, 'input'), join(folder, 'input'), { recursive: true })
    await writeFile(join(folder, 'input', 'film.mkv'), data)
    // One folder is there and another user's; Docker makes the others, and they are root's.
    await mkdir(join(folder, 'output', 'leecher1'), { recursive: true })
    await chown(join(folder, 'output', 'leecher1'), OTHER_USER, OTHER_USER)
    const image = await makeImage(lastStage, PROJECT, join(folder, 'image'))
    host = await Host.start({ folder, image, subnet: compose.network.subnet, services: compose.services })
  })

  afterEach(async ({ task }) => {
    const started = host as Host | undefined
    if (task.result?.state === 'fail') process.stderr.write(started?.transcript ?? '')
    await started?.end()
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(folder)
    await rm(folder, { recursive: true })
  })

  const start = async (name: Name): Promise<Console> => {
    const started = await host.run(service(name))
    await started.says(/listening on +172\.20\.0\.[2-5]:8[0-9]+/i)
    return started
  }

  const startAll = async (): Promise<Record<Exclude<Name, 'folders'>, Console>> => {
    expect(await (await host.run(service('folders'))).exit()).toBe(0)
    const tracker = await start('tracker')
    const seeder = await start('seeder')
    const [leecher1, leecher2] = await Promise.all([start('leecher1'), start('leecher2')])
    return { tracker, seeder, leecher1, leecher2 }
  }

  const share = async (peer: Console, path: string): Promise<void> => {
    await peer.choose(3)
    await peer.says(/Path of the file or folder/)
    peer.enter(path)
  }

  const download = async (peer: Console, id: string): Promise<void> => {
    await peer.choose(2)
    await peer.says(/ID, magnet link/)
    peer.enter(id)
    await peer.says(/Complete and verified: \/app\/output\/film\.mkv/)
  }

  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

  const listed = async (): Promise<unknown> => {
    const list = await host.runOutside('list', '--tracker', '172.20.0.2:8888', '--json')
    expect(await list.exit()).toBe(0)
    return JSON.parse(list.output)
  }

  test(
    'C1 C3 C4 A4 A5 E4 share, download twice, the second also from the first, and stop',
    async () => {
      const { tracker, seeder, leecher1, leecher2 } = await startAll()
      await share(seeder, '/app/files/film.mkv')
      const id = (await seeder.says(/Sharing film\.mkv[^]*?ID +([0-9]+)/))[1] ?? ''
      await share(seeder, '/app/files/hello.txt')
      await seeder.says(/error: this peer seeds 1 at once and not more/)

      await leecher1.choose(1)
      await leecher1.says(/film\.mkv[^]*Seeders:[^]*@172\.20\.0\.3:8001/)
      await download(leecher1, id)
      await leecher1.says(/from [0-9a-f]{32}@172\.20\.0\.3:8001/)

      await leecher2.choose(1)
      await leecher2.says(/Seeders:[^]*@172\.20\.0\.[34]:800[12][^]*@172\.20\.0\.[34]:800[12]/)
      await download(leecher2, id)
      await leecher2.says(/from [0-9a-f]{32}@172\.20\.0\.4:8002 +[0-9.]+ MiB/)

      for (const name of ['leecher1', 'leecher2']) {
        expect(await readdir(join(folder, 'output', name))).toEqual(['film.mkv'])
        expect(sha256(await readFile(join(folder, 'output', name, 'film.mkv')))).toBe(sha256(data))
      }
      expect((await stat(join(folder, 'output', 'leecher1'))).uid).toBe(OTHER_USER)
      const seeders = [8001, 8002, 8003].map((port) => expect.objectContaining({ port }) as unknown)
      expect(await listed()).toMatchObject([{ name: 'film.mkv', seeders: expect.arrayContaining(seeders) }])
      expect(await Promise.all([seeder, leecher1, leecher2].map((peer) => host.stop(peer)))).toEqual([
        0, 0, 0,
      ])
      expect(await listed()).toEqual([])
      expect(await host.stop(tracker)).toBe(0)
    },
    TIMEOUT,
  )
})
