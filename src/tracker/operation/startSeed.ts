import { noSuchTorrent, refuse, reply, stranger, type Operation } from './operation.js'

export const startSeed: Operation<'START_SEED'> = async (request, { peer, store, now, interval }) => {
  const joining = await store.join(peer, request, 'seeder', now)
  switch (joining.outcome) {
    case 'joined':
      return reply('START_SEED', 'SUCCESS', { TORRENT_ID: request.torrentId, INTERVAL: interval })
    case 'foreign':
    case 'unproven':
      return stranger('START_SEED', joining.outcome)
    case 'unknown':
      return noSuchTorrent('START_SEED')
    case 'full':
      return refuse('START_SEED', 'FAIL', joining.limit)
  }
}
