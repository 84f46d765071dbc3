import type { Socket } from 'node:net'
import type { Session } from '../../../transport/jsonService.js'
import { acceptMse } from '../../../transport/mse/acceptMse.js'
import type { ServeContext } from '../context.js'
import { serveWire } from './wireService.js'

/** Serves a BitTorrent peer that connected with an obfuscated handshake (MSE). */
export const serveMse = (socket: Socket, context: ServeContext, wirePeerId: Uint8Array): Session => {
  let session: Session | undefined
  const infoHashOf = (obfuscated: Uint8Array): Uint8Array | undefined =>
    context.torrents.wireHashOf(obfuscated)
  acceptMse(socket, { infoHashOf }, (stream) => {
    if (stream !== undefined) session = serveWire(socket, context, wirePeerId, stream)
  })
  return {
    finish: () => {
      if (session === undefined) socket.destroy()
      else session.finish()
    },
  }
}
