import type { Program } from '../e2e/tools/program.js'
import type { World } from '../e2e/tools/world.js'

export interface PeerWithPage {
  readonly program: Program
  /** The address of its page. */
  readonly url: string
  /** Of its first start where others reach it. */
  readonly password: string | undefined
  readonly output: string
}

/** A running peer, as `shoal peer` starts it, with its page. */
export const startPeer = async (
  world: World,
  tracker: string,
  name: string,
  ...flags: string[]
): Promise<PeerWithPage> => {
  const [host = '', port = ''] = tracker.split(':')
  const output = world.path(`${name}-out`)
  const where = ['--state', world.path(`${name}-state`), '-o', output, '--json']
  const http = flags.includes('--http') ? [] : ['--http', '127.0.0.1:0']
  const program = world.run('peer', '127.0.0.1', '0', host, port, ...http, ...where, ...flags)
  const { port: page, password } = await program.event('http')
  return {
    program,
    url: `http://127.0.0.1:${Number(page)}/`,
    password: password as string | undefined,
    output,
  }
}

/** Asks the API of a peer. */
export const api = async <Document>(peer: PeerWithPage, path: string, body?: unknown): Promise<Document> => {
  const answer = await fetch(new URL(`api/${path}`, peer.url), {
    ...(body !== undefined && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  })
  return (await answer.json()) as Document
}
