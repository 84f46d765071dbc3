/** Three fish that swim together. */
export const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" />
    <path d="M5 11.500c3-4 9-4 12 0l3.500-3v6l-3.500-3c-3 4-9 4-12 0z" />
    <path
      d="M14 20c2.500-3.200 7.500-3.200 10 0l3-2.500v5L24 20c-2.500 3.200-7.500 3.200-10 0z"
      opacity=".8"
    />
    <path d="M5 23.500c1.500-2 4.500-2 6 0l2-1.500v3l-2-1.500c-1.500 2-4.500 2-6 0z" opacity=".6" />
  </svg>
)
