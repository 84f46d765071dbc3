interface Choice<Id extends string> {
  readonly id: Id
  readonly title: string
  readonly count?: number
}

interface ChoicesProps<Id extends string> {
  readonly label: string
  readonly choices: readonly Choice<Id>[]
  readonly value: Id
  readonly onChange: (id: Id) => void
}

/** One of a few, all of them seen. */
export const Choices = <Id extends string>({ label, choices, value, onChange }: ChoicesProps<Id>) => (
  <div class="choices" role="group" aria-label={label}>
    {choices.map(({ id, title, count }) => (
      <button type="button" key={id} aria-pressed={id === value} onClick={() => onChange(id)}>
        {title}
        {count !== undefined && <span class="count">{count.toLocaleString('en')}</span>}
      </button>
    ))}
  </div>
)
