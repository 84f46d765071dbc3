/** Of the values, the one in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length >> 1
  const [below = NaN, above = NaN] = [sorted[middle - 1], sorted[middle]]
  return sorted.length % 2 === 1 ? above : (below + above) / 2
}

/** Prints a Markdown table; the first row is its head. */
export const printTable = (rows: readonly (readonly string[])[]): void => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  rows.forEach((row, index) => {
    console.log(line(row.map((cell, column) => cell.padEnd(widths[column] ?? 0))))
    if (index === 0) console.log(line(widths.map((width) => '-'.repeat(width))))
  })
}
