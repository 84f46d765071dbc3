import { effect, signal } from '@preact/signals'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'shoal-theme'

const isTheme = (text: string | null): text is Theme => THEMES.some((theme) => theme === text)

/** Storage may be forbidden, as in some private windows; then the choice lasts as long as the page. */
const stored = (): Theme => {
  try {
    const text = localStorage.getItem(KEY)
    return isTheme(text) ? text : 'system'
  } catch {
    return 'system'
  }
}

export const theme = signal<Theme>(stored())

effect(() => {
  document.documentElement.dataset.theme = theme.value
  try {
    localStorage.setItem(KEY, theme.value)
  } catch {
    // Not kept.
  }
})

const darkSystem = matchMedia('(prefers-color-scheme: dark)')
const isSystemDark = signal(darkSystem.matches)
darkSystem.addEventListener('change', ({ matches }) => (isSystemDark.value = matches))

/** Whether what is drawn on a canvas must be light on dark. */
export const isDark = (): boolean =>
  theme.value === 'dark' || (theme.value === 'system' && isSystemDark.value)
