/** A file to be sent, with its path inside its folder; empty for a file on its own. */
export interface SentFile {
  readonly path: string
  readonly file: File
}

/** One file or folder to be shared, or a .torrent to be fetched. */
export interface Dropped {
  readonly name: string
  readonly isFolder: boolean
  readonly files: readonly SentFile[]
}

/** Reads a folder; a browser gives at most a hundred entries at a time, and none at the end. */
const entriesOf = async (folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> => {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0) return all
    all.push(...some)
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject))

const filesBelow = async (folder: FileSystemDirectoryEntry, path: string): Promise<readonly SentFile[]> => {
  const found: SentFile[] = []
  for (const entry of await entriesOf(folder)) {
    const inside = `${path}${entry.name}`
    if (isFile(entry)) found.push({ path: inside, file: await fileOf(entry) })
    else found.push(...(await filesBelow(entry as FileSystemDirectoryEntry, `${inside}/`)))
  }
  return found
}

const droppedEntry = async (entry: FileSystemEntry): Promise<Dropped> =>
  isFile(entry)
    ? single(await fileOf(entry))
    : {
        name: entry.name,
        isFolder: true,
        files: await filesBelow(entry as FileSystemDirectoryEntry, ''),
      }

const single = (file: File): Dropped => ({ name: file.name, isFolder: false, files: [{ path: '', file }] })

/** What was dropped. The entries must be taken in the event's own turn: later they are gone. */
export const readDropped = (transfer: DataTransfer): Promise<readonly Dropped[]> => {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file')
  const entries = items.map((item) => item.webkitGetAsEntry() ?? item.getAsFile())
  return Promise.all(
    entries
      .filter((entry) => entry !== null)
      .map(async (entry) => (entry instanceof File ? single(entry) : droppedEntry(entry))),
  )
}

/** What was chosen in a dialog of the browser; a folder's files say their path in it. */
export const readChosen = (list: FileList): readonly Dropped[] => {
  const files = [...list]
  const folder = files[0]?.webkitRelativePath.split('/')[0]
  if (!folder) return files.map(single)
  const inside = files.map((file) => ({ path: file.webkitRelativePath.slice(folder.length + 1), file }))
  return [{ name: folder, isFolder: true, files: inside }]
}
