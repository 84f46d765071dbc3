import { useState } from 'preact/hooks'
import type { FileDocument, FilePriority, TransferDetails } from '../../../../src/api/contract.js'
import { peer } from '../../api/peer.js'
import { useAsked } from '../../live/useAsked.js'
import { Empty } from '../../part/Empty.js'
import { Failure } from '../../part/Failure.js'
import { Search } from '../../part/Search.js'
import { VirtualTable, type Column } from '../../part/VirtualTable.js'
import { notifyError } from '../../part/toast.js'
import { text } from '../../strings.js'
import { isNarrow } from '../../viewport.js'
import { FileRow } from './FileRow.js'
import { Player } from './Player.js'
import { PriorityChoice } from './PriorityChoice.js'

const INTERVAL = 1_500
const ROW = 44
const ROW_NARROW = 96

/** Files shown at once: those after them are found by searching. */
const COLUMNS: readonly Column[] = [
  { id: 'name', title: text.columns.name },
  { id: 'size', title: text.columns.size, isFigure: true },
  { id: 'progress', title: text.columns.progress, isFigure: true },
  { id: 'priority', title: text.columns.priority },
  { id: 'actions', title: text.columns.actions, isHidden: true },
]

const readAll = async (id: string): Promise<readonly FileDocument[]> => {
  const all: FileDocument[] = []
  for (let offset: number | undefined = 0; offset !== undefined;) {
    const page = await peer.files(id, offset)
    all.push(...page.files)
    offset = page.nextOffset
  }
  return all
}

/** What is in it: which files are wanted, and the way to each. */
export const Files = ({ details }: { details: TransferDetails }) => {
  const { key, name, state, done, size } = details
  const { value, error, reload } = useAsked(() => readAll(key), key, INTERVAL)
  const [words, setWords] = useState('')
  const [playing, setPlaying] = useState<FileDocument>()
  if (!value) return error ? <Failure error={error} onRetry={reload} /> : null
  if (value.length === 0) return <Empty icon="file" title={text.files.none} hint={text.files.noneHint} />
  const canChoose = done < size && state !== 'failed' && state !== 'stopped'
  const found = value.filter(({ path }) => path.toLowerCase().includes(words.trim().toLowerCase()))
  const byIndex = new Map(found.map((file) => [String(file.index), file]))
  const prioritise = (files: readonly FileDocument[], priority: FilePriority): void => {
    peer
      .prioritise(
        key,
        files.map(({ index }) => index),
        priority,
      )
      .then(reload)
      .catch(notifyError)
  }
  return (
    <div class="files">
      <div class="toolbar">
        <span class="muted">{text.files.count(found.length)}</span>
        {value.length > 1 && <Search label={text.files.search} value={words} onChange={setWords} />}
        {canChoose && value.length > 1 && (
          <PriorityChoice label={text.files.setAll} onChange={(priority) => prioritise(found, priority)} />
        )}
      </div>
      <VirtualTable
        label={text.torrent.tabs.files}
        kind="file-table"
        columns={COLUMNS}
        keys={[...byIndex.keys()]}
        rowHeight={isNarrow.value ? ROW_NARROW : ROW}
        renderRow={(index) => {
          const file = byIndex.get(index)
          if (!file) return null
          return (
            <FileRow
              torrent={key}
              file={file}
              name={details.isFolder ? file.path : name}
              onPlay={() => setPlaying(file)}
              onPriority={canChoose ? (priority) => prioritise([file], priority) : undefined}
            />
          )
        }}
      />
      {playing && (
        <Player
          torrent={key}
          file={playing}
          name={details.isFolder ? playing.path : name}
          onClose={() => setPlaying(undefined)}
        />
      )}
    </div>
  )
}
