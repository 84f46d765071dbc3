import { ShoalError } from '../../protocol/errors.js'
import type { Endpoint } from '../../protocol/ids.js'
import type { TorrentObject } from '../../protocol/json/answer.js'
import { decodeChunk } from '../../protocol/json/peerAnswer.js'
import { encodePeerRequest } from '../../protocol/json/request.js'
import { CHUNK_SIZE, MAX_MESSAGE } from '../../protocol/limits.js'
import { base64 } from '../../transport/base64.js'
import { requestOnce } from '../../transport/jsonConnection.js'

/** Milliseconds for each seeder. */
const ANSWER_TIME = 10_000

/**
 * The size of what a simple peer shared without saying it: its last chunk tells.
 *
 * @throws ShoalError UNVERIFIABLE when no seeder answers
 */
export const probeSize = async (
  seeders: readonly Endpoint[],
  { torrentId, infoHash, chunks, fileName }: TorrentObject,
): Promise<number> => {
  if (chunks === 0) return 0
  const chunk = chunks - 1
  const request = encodePeerRequest({
    op: 'GET_CHUNK',
    asker: { peerId: undefined, port: undefined },
    torrent: { torrentId, infoHash },
    chunk,
    withProof: false,
  })
  for (const seeder of seeders) {
    const answer = await requestOnce(seeder, request, { timeout: ANSWER_TIME, maxAnswer: MAX_MESSAGE }).catch(
      () => undefined,
    )
    const read = answer && decodeChunk(answer, chunk, base64)
    if (typeof read !== 'object' || read.data.length === 0 || read.data.length > CHUNK_SIZE) continue
    return chunk * CHUNK_SIZE + read.data.length
  }
  throw new ShoalError('UNVERIFIABLE', `"${fileName}" was shared without its size, and no seeder tells it`)
}
