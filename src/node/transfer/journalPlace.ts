import { join } from 'node:path'
import { encodeUtf8 } from '../../protocol/bytes.js'
import { toHex } from '../../protocol/hex.js'
import type { NodeContext } from '../context.js'
import type { Found } from '../find/found.js'
import { hashes } from '../hashes.js'
import { ownInfoHash } from '../torrent/description.js'

/** What names the content that a journal is of: its info-hash, else its first id at a tracker. */
export const identityOf = ({ description, torrentIds }: Found): string => {
  const [first] = torrentIds
  return ownInfoHash(description) ?? `${first?.[0] ?? ''}#${first?.[1] ?? ''}`
}

/** The resume data of a download into the folder `output`. */
export const journalOf = ({ options }: NodeContext, found: Found, output: string): string => {
  const name = toHex(hashes.sha256(encodeUtf8(`${identityOf(found)}\n${output}`))).slice(0, 32)
  return join(options.state, 'resume', `${name}.journal`)
}
