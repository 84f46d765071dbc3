import { resolve } from 'node:path'
import { splitFile } from '../../node/content.js'
import { defineCommand } from '../definition.js'
import { plural, safeName } from '../text.js'
import { showWork } from '../transfer.js'

export const split = defineCommand({
  verb: 'split',
  summary: 'cut a file into chunk files with a manifest of their hashes',
  words: '<file> <folder>',
  settings: {},
  examples: ['shoal split holiday.mp4 chunks/'],
  run: async ({ words, output, interrupt }) => {
    const [file = '', folder = ''] = words
    const work = splitFile(file, folder, { onProgress: showWork(output, `Splitting ${file}`) })
    const { name, size, chunks } = await interrupt.race(work)
    output.event({ path: resolve(folder), name, size, chunks: chunks.length })
    output.line(`Wrote ${plural(chunks.length, 'chunk')} of ${safeName(name)} to ${safeName(folder)}`)
  },
})
