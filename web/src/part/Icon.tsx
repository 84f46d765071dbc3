/** Drawn on a grid of 16, as strokes. */
const PATHS = {
  add: 'M8 3v10M3 8h10',
  catalog: 'M3 4h10M3 8h10M3 12h6',
  transfers: 'M5 3v9M2.500 9.500 5 12l2.500-2.500M11 13V4M8.500 6.500 11 4l2.500 2.500',
  settings: 'M2.500 5h5M11.500 5h2M2.500 11h2M8.500 11h5M9.500 3v4M6.500 9v4',
  tracker:
    'M8 8m-1.500 0a1.500 1.500 0 1 0 3 0a1.500 1.500 0 1 0-3 0M4.500 11.500a5 5 0 0 1 0-7M11.500 4.500a5 5 0 0 1 0 7M2.500 13.500a8 8 0 0 1 0-11M13.500 2.500a8 8 0 0 1 0 11',
  pause: 'M5.500 3.500v9M10.500 3.500v9',
  resume: 'M5 3.500v9l7-4.500z',
  stop: 'M4 4h8v8H4z',
  remove: 'M3 4.500h10M6.500 4.500V3h3v1.500M4.500 4.500l.5 8.500h6l.5-8.500M6.800 7v4M9.200 7v4',
  recheck: 'M13 8a5 5 0 1 1-1.500-3.500M13 2.500v2.500h-2.500',
  get: 'M8 2.500v8M4.500 7.500 8 11l3.500-3.500M3 13.500h10',
  open: 'M6.500 3.500h-3v9h9v-3M9 3h4v4M13 3 7.500 8.500',
  play: 'M5 3.500v9l7-4.500z',
  copy: 'M6 6h7v7H6zM10 6V3H3v7h3',
  check: 'M3 8.500 6.500 12 13 4.500',
  search: 'M7 7m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0M10 10l3.500 3.500',
  close: 'M4 4l8 8M12 4l-8 8',
  back: 'M9.500 3.500 5 8l4.500 4.500',
  file: 'M4 2.500h5l3 3v8H4zM9 2.500v3h3',
  folder: 'M2.500 4h4l1.500 2h5.500v6.500h-11z',
  warn: 'M8 2.500 14 13H2zM8 6.500v3M8 11.200v.1',
  sun: 'M8 8m-2.500 0a2.500 2.500 0 1 0 5 0a2.500 2.500 0 1 0-5 0M8 1.500v1.500M8 13v1.500M1.500 8H3M13 8h1.500M3.400 3.400l1 1M11.600 11.600l1 1M3.400 12.600l1-1M11.600 4.400l1-1',
  moon: 'M12.500 9.500A5 5 0 0 1 6.500 3.500a5 5 0 1 0 6 6z',
  system: 'M2.500 3.500h11v7h-11zM6 13.500h4',
  up: 'M8 13V3M4.500 6.500 8 3l3.500 3.500',
  down: 'M8 3v10M4.500 9.500 8 13l3.500-3.500',
  more: 'M3.500 8h.1M8 8h.1M12.500 8h.1',
  logout: 'M6.500 3h-4v10h4M7 8h6.500M11 5.500 13.500 8 11 10.500',
} as const

export type IconName = keyof typeof PATHS

/** A drawing beside words, or in a control that has a label: never read out. */
export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
)
