import { resolve } from 'node:path'
import { joinChunks } from '../../node/content.js'
import { formatBytes } from '../../support/units.js'
import { defineCommand } from '../definition.js'
import { safeName } from '../text.js'
import { showWork } from '../transfer.js'

export const join = defineCommand({
  verb: 'join',
  summary: 'verify chunk files and rebuild their file',
  words: '<folder> <out>',
  settings: {},
  examples: ['shoal join chunks/ holiday.mp4'],
  run: async ({ words, output, interrupt }) => {
    const [folder = '', out = ''] = words
    const work = joinChunks(folder, out, { onProgress: showWork(output, `Joining ${folder}`) })
    const { manifest, path } = await interrupt.race(work)
    output.event({ path: resolve(path), name: manifest.name, size: manifest.size })
    output.line(`Rebuilt and verified: ${safeName(path)}, ${formatBytes(manifest.size)}`)
  },
})
