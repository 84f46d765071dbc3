import { foreign, noSuchTorrent, refuse, reply, type Operation } from './operation.js'

export const startSeed: Operation<'START_SEED'> = async (request, { peer, store, now, interval }) => {
  const joining = await store.join(peer, request, 'seeder', now)
  switch (joining.outcome) {
    case 'joined':
      return reply('START_SEED', 'SUCCESS', { TORRENT_ID: request.torrentId, INTERVAL: interval })
    case 'foreign':
      return foreign('START_SEED')
    case 'unknown':
      return noSuchTorrent('START_SEED')
    case 'full':
      return refuse('START_SEED', 'FAIL', joining.limit)
  }
}
