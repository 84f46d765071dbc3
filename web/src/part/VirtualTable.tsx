import type { ComponentChildren } from 'preact'
import { isNarrow } from '../viewport.js'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

export interface Column {
  readonly id: string
  readonly title: string
  /** Whether its cells are figures, which stand to the right. */
  readonly isFigure?: boolean
  readonly isHidden?: boolean
  /** How it is sorted by now; left out where it cannot be. */
  readonly sort?: 'ascending' | 'descending' | 'none' | undefined
}

interface VirtualTableProps {
  readonly label: string
  /** Its style sheet says how wide the columns are. */
  readonly kind: string
  readonly columns: readonly Column[]
  readonly keys: readonly string[]
  /** Pixels; the style sheet has the same. */
  readonly rowHeight: number
  /** The cells of a row. */
  readonly renderRow: (key: string) => ComponentChildren
  readonly onSort?: (column: string) => void
}

/** Pixels of its head and its edges; narrow tables have no head. */
const HEAD = 39
const EDGES = 2

/** Rows drawn above and below those that are seen. */
const MARGIN = 6

const HeaderCell = ({ column, onSort }: { column: Column; onSort?: ((id: string) => void) | undefined }) => {
  const { id, title, isFigure, isHidden, sort } = column
  return (
    <div role="columnheader" class={`cell ${id}${isFigure ? ' figure' : ''}`} aria-sort={sort}>
      {sort ? (
        <button type="button" onClick={() => onSort?.(id)}>
          {title}
          <span class="arrow" aria-hidden="true" />
        </button>
      ) : (
        <span class={isHidden ? 'unseen' : undefined}>{title}</span>
      )}
    </div>
  )
}

/** A table of which only the rows that are seen are in the page, however many there are. Arrow keys go from row to row. */
export const VirtualTable = (props: VirtualTableProps) => {
  const { label, kind, columns, keys, rowHeight, renderRow, onSort } = props
  const scroller = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ first: 0, count: 30 })
  const look = (): void => {
    const { scrollTop = 0, clientHeight = 600 } = scroller.current ?? {}
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - MARGIN)
    const count = Math.ceil(clientHeight / rowHeight) + 2 * MARGIN
    setView((known) => (known.first === first && known.count === count ? known : { first, count }))
  }
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    look()
    const observer = new ResizeObserver(look)
    observer.observe(element)
    return () => observer.disconnect()
  }, [rowHeight])
  const shown = keys.slice(view.first, view.first + view.count)
  return (
    <div
      ref={scroller}
      class={`table ${kind}`}
      role="table"
      aria-label={label}
      aria-rowcount={keys.length + 1}
      tabIndex={0}
      style={{ height: `${(isNarrow.value ? EDGES : HEAD) + keys.length * rowHeight}px` }}
      onScroll={look}
      onKeyDown={(event) => moveFocus(event, scroller.current, rowHeight, keys.length)}
    >
      <div role="rowgroup" class="head">
        <div role="row" class="row" aria-rowindex={1}>
          {columns.map((column) => (
            <HeaderCell key={column.id} column={column} onSort={onSort} />
          ))}
        </div>
      </div>
      <div role="rowgroup" class="body" style={{ height: `${keys.length * rowHeight}px` }}>
        {shown.map((key, place) => {
          const index = view.first + place
          return (
            <div
              key={key}
              role="row"
              class="row"
              aria-rowindex={index + 2}
              data-index={index}
              style={{ transform: `translateY(${index * rowHeight}px)` }}
            >
              {renderRow(key)}
            </div>
          )
        })}
      </div>
    </div>
  )
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }

const focusRow = (table: HTMLElement, index: number): void =>
  table.querySelector<HTMLElement>(`[data-index="${index}"] a, [data-index="${index}"] button`)?.focus()

const moveFocus = (
  event: KeyboardEvent,
  table: HTMLElement | null,
  rowHeight: number,
  count: number,
): void => {
  const step = STEPS[event.key]
  const row = (event.target as HTMLElement).closest<HTMLElement>('[data-index]')
  const isField = event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement
  if (step === undefined || !table || !row || isField) return
  event.preventDefault()
  const index = Math.min(count - 1, Math.max(0, Number(row.dataset.index) + step))
  const top = index * rowHeight
  const most = table.clientHeight - 3 * rowHeight
  if (top < table.scrollTop || top > table.scrollTop + most) table.scrollTop = Math.max(0, top - most / 2)
  requestAnimationFrame(() => focusRow(table, index))
}
