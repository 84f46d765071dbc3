import { fromHex } from '../../protocol/hex.js'
import type { InfoHashLists } from '../announce/announceService.js'
import type { Content } from '../store/store.js'
import { proveUpload } from '../proof.js'
import { refuse, reply, stranger, type Operation } from './operation.js'

/** Digits of an info-hash as it is announced: those of v1, or the beginning of those of v2 (BEP 52). */
const ANNOUNCED = 40

/** Why `content` may not be shared, or undefined; one of its info-hashes on a list is enough. */
const refusalOf = ({ infoHash, infoHashV1 }: Content, lists: InfoHashLists): string | undefined =>
  [infoHash, infoHashV1]
    .flatMap((digits) => (digits === undefined ? [] : [fromHex(digits.slice(0, ANNOUNCED))]))
    .map((bytes) => bytes && lists.refusalOf(bytes))
    .find((reason) => reason !== undefined)

export const uploadFile: Operation<'UPLOAD_FILE'> = async (
  request,
  { peer, store, lists, now, interval },
) => {
  const content = proveUpload(request)
  const refusal = refusalOf(content, lists)
  if (refusal !== undefined) return refuse('UPLOAD_FILE', 'FORBIDDEN', refusal)
  const publication = await store.publish(peer, content, now)
  switch (publication.outcome) {
    case 'published': {
      const { torrentId } = publication
      return reply('UPLOAD_FILE', 'SUCCESS', { TORRENT_ID: torrentId, INTERVAL: interval }, `id ${torrentId}`)
    }
    case 'foreign':
    case 'unproven':
      return stranger('UPLOAD_FILE', publication.outcome)
    case 'already-seeding': {
      const why = `without INFO_HASH a peer seeds one file at a time, and this one seeds ${publication.torrentId}`
      return refuse('UPLOAD_FILE', 'ALREADY_SEEDING', why)
    }
    case 'full':
      return refuse('UPLOAD_FILE', 'FAIL', publication.limit)
  }
}
