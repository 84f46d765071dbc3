import { text } from '../strings.js'
import { theme, THEMES } from '../theme.js'
import { Button } from './Button.js'

const ICONS = { system: 'system', light: 'sun', dark: 'moon' } as const

/** Goes from one to the next. */
export const ThemeSwitch = () => {
  const now = theme.value
  const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length] ?? 'system'
  return (
    <Button
      kind="quiet"
      icon={ICONS[now]}
      label={`${text.theme.label}: ${text.theme[now]}`}
      onClick={() => {
        theme.value = next
      }}
    />
  )
}
