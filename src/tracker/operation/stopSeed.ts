import { noSuchTorrent, reply, stranger, type Operation } from './operation.js'

export const stopSeed: Operation<'STOP_SEED'> = async (request, { peer, store, now }) => {
  const leaving = await store.leave(peer, request, now)
  switch (leaving) {
    case 'left':
      return reply('STOP_SEED', 'FINISHED_SEEDING', { TORRENT_ID: request.torrentId })
    case 'foreign':
    case 'unproven':
      return stranger('STOP_SEED', leaving)
    case 'unknown':
      return noSuchTorrent('STOP_SEED')
  }
}
