import type { FileDocument, FilePriority } from '../../../../src/api/contract.js'
import { address } from '../../api/peer.js'
import { formatBytes, formatPercent } from '../../format.js'
import { Bar } from '../../part/Bar.js'
import { Button } from '../../part/Button.js'
import { Icon, type IconName } from '../../part/Icon.js'
import { Name } from '../../part/Name.js'
import { text } from '../../strings.js'
import { visibleText } from '../../visible.js'
import { PriorityChoice } from './PriorityChoice.js'

interface FileRowProps {
  readonly torrent: string
  readonly file: FileDocument
  readonly name: string
  readonly onPlay: () => void
  /** Left out where nothing can be chosen any more. */
  readonly onPriority: ((priority: FilePriority) => void) | undefined
}

const isMedia = ({ type }: FileDocument): boolean => /^(video|audio)\//.test(type)

const FileLink = ({
  href,
  icon,
  label,
  isSave,
}: {
  href: string
  icon: IconName
  label: string
  isSave?: boolean
}) => (
  <a
    class="button quiet square"
    href={href}
    aria-label={label}
    title={label}
    {...(isSave ? { download: true } : { target: '_blank', rel: 'noopener' })}
  >
    <Icon name={icon} />
  </a>
)

/** The cells of one file. */
export const FileRow = ({ torrent, file, name, onPlay, onPriority }: FileRowProps) => {
  const { index, size, done, priority } = file
  const seen = visibleText(name)
  return (
    <>
      <div role="cell" class="cell name">
        <Name>{name}</Name>
        {done < size && <Bar done={done} size={size} tone={priority === 'skip' ? 'calm' : 'busy'} />}
      </div>
      <div role="cell" class="cell figure size">
        {formatBytes(size)}
      </div>
      <div role="cell" class="cell figure progress">
        {formatPercent(done, size)}
      </div>
      <div role="cell" class="cell priority">
        {onPriority && done < size ? (
          <PriorityChoice label={text.files.priority(seen)} value={priority} onChange={onPriority} />
        ) : (
          <span class="muted">{text.files.priorities[priority]}</span>
        )}
      </div>
      <div role="cell" class="cell actions">
        {isMedia(file) && (
          <Button kind="quiet" icon="play" label={text.action.of(text.files.play, seen)} onClick={onPlay} />
        )}
        <FileLink
          href={address.content(torrent, index)}
          icon="open"
          label={text.action.of(text.files.open, seen)}
        />
        <FileLink
          href={address.download(torrent, index)}
          icon="get"
          label={text.action.of(text.files.download, seen)}
          isSave
        />
      </div>
    </>
  )
}
