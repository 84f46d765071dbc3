import { computed, signal } from '@preact/signals'

/**
 * Where in the page the user is, kept in the fragment of the address: it needs nothing of the server, and the page
 * works below any path of a proxy.
 */
const fragment = signal(location.hash)

addEventListener('hashchange', () => {
  fragment.value = location.hash
})

/** The parts of the present address: `#/torrents/ab12/files` is ['torrents', 'ab12', 'files']. */
export const route = computed<readonly string[]>(() =>
  fragment.value.replace(/^#\/?/, '').split('/').filter(Boolean).map(decoded),
)

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The address of a place in the page. */
export const linkTo = (...parts: readonly string[]): string => `#/${parts.map(encodeURIComponent).join('/')}`

export const goTo = (...parts: readonly string[]): void => {
  location.hash = linkTo(...parts)
}
