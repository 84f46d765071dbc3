import { text } from '../strings.js'
import { Icon } from './Icon.js'

/** Milliseconds after the last key before something is asked for. */
export const SEARCH_DELAY = 200

interface SearchProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}

export const Search = ({ label, value, onChange }: SearchProps) => (
  <div class="search" role="search">
    <Icon name="search" />
    <input
      type="search"
      aria-label={label}
      placeholder={text.action.search}
      value={value}
      maxLength={256}
      spellcheck={false}
      onInput={({ currentTarget }) => onChange(currentTarget.value)}
    />
  </div>
)
