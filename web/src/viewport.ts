import { signal } from '@preact/signals'

/** The same width is in the style sheets. */
const narrow = matchMedia('(max-width: 719px)')

/** Whether the page is as narrow as on a phone. */
export const isNarrow = signal(narrow.matches)
narrow.addEventListener('change', ({ matches }) => (isNarrow.value = matches))
