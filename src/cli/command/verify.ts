import { verifyChunks, verifyTorrent } from '../../node/content.js'
import { ShoalError } from '../../protocol/errors.js'
import { defineCommand, type Call } from '../definition.js'
import type { Output } from '../output.js'
import { plural, safeName } from '../text.js'
import { showWork } from '../transfer.js'

type VerifyCall = Pick<Call, 'output' | 'interrupt'>

/** Says what is bad; resolves to the exit code. With --json the document says it. */
const conclude = (output: Output, good: string, bad: string | undefined): number => {
  if (bad === undefined) {
    output.line(good)
    return 0
  }
  const failure = new ShoalError('VERIFICATION_FAILED', bad)
  if (!output.isJson) output.fail(failure)
  return failure.exit
}

const verifyFiles = async (
  { output, interrupt }: VerifyCall,
  torrent: string,
  folder: string,
): Promise<number> => {
  const onProgress = showWork(output, `Verifying ${folder}`)
  const report = await verifyTorrent(torrent, folder, { onProgress, signal: interrupt.signal })
  const bad = report.files.filter(({ state }) => state !== 'complete')
  const files = report.files.map(({ path, ...file }) => ({ path: path.join('/'), ...file }))
  const { isComplete, pieceCount, badPieces } = report
  output.event({ isComplete, pieceCount, badPieces, files })
  for (const { path, state, badPieces: pieces } of bad)
    output.line(
      `${state}: ${safeName(path.join('/'))}${pieces.length === 0 ? '' : `, ${namesOf('piece', pieces)}`}`,
    )
  return conclude(
    output,
    `Complete and verified: ${plural(report.files.length, 'file')}, ${plural(pieceCount, 'piece')}.`,
    isComplete
      ? undefined
      : `${safeName(folder)}: ${plural(badPieces.length, 'bad piece')} of ${pieceCount}, ${plural(bad.length, 'bad file')} of ${report.files.length}`,
  )
}

/** `piece 3`, `pieces 1, 4, 5`. */
const namesOf = (noun: string, indices: readonly number[]): string =>
  `${noun}${indices.length === 1 ? '' : 's'} ${indices.join(', ')}`

const verifyChunkFolder = async ({ output }: VerifyCall, folder: string): Promise<number> => {
  const { manifest, bad } = await verifyChunks(folder, {
    onProgress: showWork(output, `Verifying ${folder}`),
  })
  const isComplete = bad.length === 0
  output.event({ isComplete, name: manifest.name, chunkCount: manifest.chunks.length, badChunks: bad })
  if (!isComplete) output.line(`Bad or missing: ${namesOf('chunk', bad)}`)
  return conclude(
    output,
    `Complete and verified: ${safeName(manifest.name)}, ${plural(manifest.chunks.length, 'chunk')}.`,
    isComplete
      ? undefined
      : `${safeName(folder)}: ${plural(bad.length, 'bad chunk')} of ${manifest.chunks.length}`,
  )
}

export const verify = defineCommand({
  verb: 'verify',
  summary: 'hash what is there of a .torrent, or a folder of chunk files, and name what is bad',
  words: '<torrent-or-chunks> [folder]',
  settings: {},
  examples: ['shoal verify photos.torrent ~/Pictures', 'shoal verify chunks/'],
  run: async (call) => {
    const [what = '', folder] = call.words
    return folder === undefined ? verifyChunkFolder(call, what) : verifyFiles(call, what, folder)
  },
})
