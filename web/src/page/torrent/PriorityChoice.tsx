import type { FilePriority } from '../../../../src/api/contract.js'
import { text } from '../../strings.js'

const PRIORITIES = ['skip', 'low', 'normal', 'high'] as const satisfies readonly FilePriority[]

interface PriorityChoiceProps {
  readonly label: string
  /** Left out where it is of several that may differ. */
  readonly value?: FilePriority
  readonly onChange: (priority: FilePriority) => void
}

export const PriorityChoice = ({ label, value, onChange }: PriorityChoiceProps) => (
  <select
    aria-label={label}
    value={value ?? ''}
    onChange={({ currentTarget }) => onChange(currentTarget.value as FilePriority)}
  >
    {value === undefined && (
      <option value="" disabled>
        {label}
      </option>
    )}
    {PRIORITIES.map((priority) => (
      <option key={priority} value={priority}>
        {text.files.priorities[priority]}
      </option>
    ))}
  </select>
)
