import { useState } from 'preact/hooks'
import type { FileDocument } from '../../../../src/api/contract.js'
import { address } from '../../api/peer.js'
import { Dialog } from '../../part/Dialog.js'
import { text } from '../../strings.js'
import { visibleText } from '../../visible.js'

interface PlayerProps {
  readonly torrent: string
  readonly file: FileDocument
  readonly name: string
  readonly onClose: () => void
}

/** Plays a file while it arrives; what the user jumps to is fetched first. */
export const Player = ({ torrent, file, name, onClose }: PlayerProps) => {
  const [hasFailed, setFailed] = useState(false)
  return (
    <Dialog title={visibleText(name)} onClose={onClose}>
      <video
        class="player"
        src={address.content(torrent, file.index)}
        controls
        autoplay
        aria-label={visibleText(name)}
        onError={() => setFailed(true)}
      />
      <p class={hasFailed ? 'hint bad' : 'hint'} role="status">
        {hasFailed ? text.files.noVideo : text.files.playerHint}
      </p>
    </Dialog>
  )
}
