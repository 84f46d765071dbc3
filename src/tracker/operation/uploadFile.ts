import { proveUpload } from '../proof.js'
import { foreign, refuse, reply, type Operation } from './operation.js'

export const uploadFile: Operation<'UPLOAD_FILE'> = async (request, { peer, store, now, interval }) => {
  const publication = await store.publish(peer, proveUpload(request), now)
  switch (publication.outcome) {
    case 'published': {
      const { torrentId } = publication
      return reply('UPLOAD_FILE', 'SUCCESS', { TORRENT_ID: torrentId, INTERVAL: interval }, `id ${torrentId}`)
    }
    case 'foreign':
      return foreign('UPLOAD_FILE')
    case 'already-seeding': {
      const why = `without INFO_HASH a peer seeds one file at a time, and this one seeds ${publication.torrentId}`
      return refuse('UPLOAD_FILE', 'ALREADY_SEEDING', why)
    }
    case 'full':
      return refuse('UPLOAD_FILE', 'FAIL', publication.limit)
  }
}
