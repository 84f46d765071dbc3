import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { entrypointOf, environmentOf, valueOf, type Copy, type Stage } from './dockerfile.js'

/** User and group `node` of the official Node images. */
export const NODE_USER = 1000

export interface Image {
  /** The folder that stands for its working folder, /app. */
  readonly app: string
  readonly entrypoint: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>
}

/** Paths of the packages that `npm ci --omit=dev` installs, with what stands in them; those for others are not there. */
const productionPackages = async (project: string): Promise<string[]> => {
  const { packages } = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')) as Lock
  return Object.entries(packages)
    .filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true)
    .map(([path]) => path)
    .filter((path) => path.lastIndexOf('node_modules/') === 0 && existsSync(join(project, path)))
}

const run = promisify(execFile)

/** Copies what a stage has made under /app; the built project has the same under its own folder. */
const copyInto = async (app: string, project: string, { from, sources, target }: Copy): Promise<void> => {
  for (const source of sources) {
    const path = source.replace(/^\/app\//, '')
    const to = join(app, target, target.endsWith('/') ? basename(path) : '')
    if (from === undefined || path !== 'node_modules') await run('cp', ['-RL', join(project, path), to])
    else await run('cp', ['-RL', '--parents', ...(await productionPackages(project)), app], { cwd: project })
  }
}

/** The folders that RUN makes and gives to the image's user. */
const foldersOf = (stage: Stage): string[] => {
  const made = /^mkdir ([a-z ]+) && chown node:node \1$/.exec(valueOf(stage, 'RUN') ?? '')
  if (made?.[1] === undefined) throw new Error('RUN of the last stage makes no folders for its user')
  return made[1].split(' ')
}

/** Puts into `app` what the last stage of the Dockerfile does, taken from the built project, and nothing else. */
export const makeImage = async (stage: Stage, project: string, app: string): Promise<Image> => {
  await mkdir(app, { recursive: true })
  for (const copy of stage.copies) await copyInto(app, project, copy)
  // Docker takes over the modes of the build stage, which lets all read.
  await run('chmod', ['-R', 'a+rX', app])
  for (const name of foldersOf(stage)) {
    await mkdir(join(app, name))
    await chown(join(app, name), NODE_USER, NODE_USER)
  }
  return { app, entrypoint: entrypointOf(stage), environment: environmentOf(stage) }
}
