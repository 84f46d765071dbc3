import { defineCommand } from '../definition.js'
import { runDemo } from '../demo/demo.js'
import { Stage } from '../demo/stage.js'

export const demo = defineCommand({
  verb: 'demo',
  summary: 'the whole system on this machine in one go: tracker, seeder and two leechers',
  words: '[file]',
  settings: {},
  examples: ['shoal demo', 'shoal demo holiday.mp4'],
  run: async (call) => {
    const stage = await Stage.create()
    try {
      return (await runDemo(call, stage)) ? 0 : 1
    } finally {
      await stage.clear()
    }
  },
})
