import { defineCommand } from '../definition.js'
import { askingSettings } from '../settings.js'

export const password = defineCommand({
  verb: 'password',
  summary: 'make a new password for the web page; the one before ends, and all logins with it',
  settings: { state: askingSettings.state },
  examples: ['shoal password'],
  run: async ({ settings, output }) => {
    const { AccessFile } = await import('../../api/access/accessFile.js')
    const made = await new AccessFile(settings.state).newPassword()
    output.event({ password: made })
    output.line(made)
    output.note('It is shown this once. Logins with the password before have ended.')
  },
})
