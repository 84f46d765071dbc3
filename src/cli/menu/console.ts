import { resolve } from 'node:path'
import type { ShoalPeer } from '../../node/api.js'
import { withPeer, type PeerCall } from '../peer.js'
import { follow, isUnderWay } from '../progress/follow.js'
import { formatEndpoint } from '../settings.js'
import { safeName } from '../text.js'
import { Asker } from './asker.js'
import { Menu, type MenuEnd } from './menu.js'

const introduce = ({ output, settings }: PeerCall, peer: ShoalPeer): void => {
  const trackers = peer.status.trackers.map(({ endpoint }) => formatEndpoint(endpoint))
  output.note(`Shoal peer ${peer.peerId}`)
  output.note(`  listening on  ${formatEndpoint(peer.endpoint)}`)
  output.note(`  tracker       ${trackers.join(', ') || 'none'}`)
  output.note(`  downloads go  to ${safeName(resolve(settings.output))}`)
}

const runMenu = async (call: PeerCall, peer: ShoalPeer): Promise<MenuEnd> => {
  const { output, interrupt, input, terminal, commands } = call
  const asker = new Asker({ input, terminal, output, interrupt })
  const entries = commands.flatMap(({ menu }) => (menu === undefined ? [] : [menu]))
  try {
    return await new Menu(entries, { peer, output, interrupt, ask: asker.ask }, asker).run()
  } finally {
    asker.close()
  }
}

/** Serves the menu, then, where nobody is there to ask, the other peers. */
const attend = async (call: PeerCall, peer: ShoalPeer): Promise<void> => {
  const { output, interrupt } = call
  introduce(call, peer)
  const stop = follow(output, () => peer.transfers.filter(isUnderWay))
  const end = await runMenu(call, peer)
  if (end === 'unattended' && !interrupt.signal.aborted) {
    output.note('No one to ask: this peer serves until it is stopped.')
    await interrupt.raised()
  }
  stop()
  output.note('Stopping…')
}

/**
 * A peer with a menu in front of it, until the user quits; without one it serves until it is stopped.
 * What it did when it last ran it takes up again.
 */
export const runConsole = async (call: PeerCall): Promise<void> => {
  call.interrupt.settle()
  await withPeer(call, (peer) => attend(call, peer), { isLasting: true })
}
