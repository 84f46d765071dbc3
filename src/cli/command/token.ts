import { toggle } from '../../support/setting.js'
import { ShoalError } from '../../protocol/errors.js'
import { defineCommand, type Call } from '../definition.js'
import { askingSettings } from '../settings.js'
import { safeName, tableLines } from '../text.js'

const settings = {
  revoke: toggle({ flag: 'revoke', description: 'end the token of this name' }),
  state: askingSettings.state,
}

/** A name is for people: short, and one word. */
const NAME = /^[\w.-]{1,64}$/

const openFile = async ({ settings: { state } }: Call<typeof settings>) => {
  const { AccessFile } = await import('../../api/access/accessFile.js')
  return new AccessFile(state)
}

const list = async (call: Call<typeof settings>): Promise<void> => {
  const { output } = call
  const { tokens } = await (await openFile(call)).read()
  output.event({ tokens: tokens.map(({ name, createdAt }) => ({ name, createdAt })) })
  const rows = tokens.map(({ name, createdAt }) => [safeName(name), new Date(createdAt).toISOString()])
  const lines = tokens.length === 0 ? ['There are no tokens.'] : tableLines([['NAME', 'MADE'], ...rows])
  for (const line of lines) output.line(line)
}

export const token = defineCommand({
  verb: 'token',
  summary: 'make a token that lets a program use the HTTP API from elsewhere; without a name: list them',
  words: '[name]',
  settings,
  examples: ['shoal token laptop', 'shoal token', 'shoal token laptop --revoke'],
  run: async (call) => {
    const { words, output } = call
    const [name] = words
    if (name === undefined) return list(call)
    if (!NAME.test(name))
      throw new ShoalError('USAGE', 'A name has up to 64 letters, digits, dots and dashes.')
    const file = await openFile(call)
    if (call.settings.revoke) {
      await file.revokeToken(name)
      output.event({ revoked: name })
      return output.line(`Token ${safeName(name)} is revoked.`)
    }
    const made = await file.newToken(name, Date.now())
    output.event({ name, token: made })
    output.line(made)
    output.note('It is shown this once. Programs send it as: Authorization: Bearer TOKEN')
  },
})
