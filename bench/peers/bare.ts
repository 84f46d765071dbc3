import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Client } from '../../test/interop/client/client.js'
import { Session } from '../../test/interop/client/session.js'

const SCRIPT = fileURLToPath(new URL('bareProcess.mjs', import.meta.url))

/** The bare program of bareProcess.mjs as if it were a client: it moves the file `name` and reads no torrent. */
export const bare = (name: string, original: string): Client => ({
  name: 'bare',
  formats: ['v1', 'v2', 'hybrid'],
  whyUnavailable: () => undefined,
  seed: async (options) =>
    Session.open('bare', options, async (session) => {
      const { host, port } = session.endpoint
      const path = join(options.folder, name)
      await session.start(process.execPath, SCRIPT, 'send', path, host, String(port)).says(/^ready$/m)
      return { complete: Promise.resolve() }
    }),
  leech: async (options) =>
    Session.open('bare', options, async (session) => {
      const words = ['receive', join(options.folder, name), String(statSync(original).size)]
      const program = session.start(process.execPath, SCRIPT, ...words)
      await program.says(/^ready$/m)
      await options.onReady?.(program.pid)
      for (const { host, port } of options.peers ?? []) program.write(`${host}:${port}`)
      return { complete: program.says(/^complete$/m).then(() => undefined) }
    }),
})
