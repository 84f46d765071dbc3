// Runs a command in a terminal, looks at its screen five times a second, and draws what it saw as a moving SVG:
//   node scripts/terminalPicture.mjs docs/pictures/demo.svg 'npm run demo'
// It needs tmux. Nothing is drawn that was not on the screen, and everything at the time at which it was there.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const COLUMNS = 96
const ROWS = 40
const LOOK_EVERY = 200
/** How long the last screen stays before the picture begins again. Milliseconds. */
const HOLD = 8000
const CELL = { width: 8.4, height: 18 }
const MARGIN = 16
const COLORS = ['#6e7681', '#ff7b72', '#7ee787', '#e3b341', '#79c0ff', '#d2a8ff', '#76e3ea', '#c9d1d9']

const [target, command] = process.argv.slice(2)
if (target === undefined || command === undefined) {
  console.error("usage: node scripts/terminalPicture.mjs FILE.svg 'COMMAND'")
  process.exit(2)
}

/** The screens that differ from the one before, each with the milliseconds at which it was there. */
const record = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-picture-'))
  const ended = join(folder, 'ended')
  const tmux = (...args) => execFileSync('tmux', ['-S', join(folder, 'tmux'), ...args], { encoding: 'utf8' })
  const screens = []
  try {
    const line = `printf '$ %s\\n' '${command}'; ${command}; echo $? > ${ended}; sleep 600`
    tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(COLUMNS), '-y', String(ROWS), line)
    const start = performance.now()
    for (let isOver = false; !isOver; await delay(LOOK_EVERY)) {
      isOver = existsSync(ended)
      const text = tmux('capture-pane', '-e', '-p').trimEnd()
      if (text !== screens.at(-1)?.text) screens.push({ at: performance.now() - start, text })
    }
    const exit = readFileSync(ended, 'utf8').trim()
    if (exit !== '0') throw new Error(`${command} ended with code ${exit}:\n${screens.at(-1).text}`)
  } finally {
    tmux('kill-server')
    rmSync(folder, { recursive: true, force: true })
  }
  return screens
}

const escape = (text) => text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)

const styleOf = (style, code) => {
  if (code === 0) return {}
  if (code === 1) return { ...style, weight: 'bold' }
  if (code === 2) return { ...style, opacity: 0.6 }
  if (code === 22) return { color: style.color }
  if (code === 39) return { ...style, color: undefined }
  const color = code >= 90 ? code - 90 : code - 30
  return COLORS[color] === undefined ? style : { ...style, color: COLORS[color] }
}

/** One row of a screen: its runs of equal style, each at its own place so that any font keeps the columns. */
const drawRow = (row) => {
  let style = {}
  let column = 0
  let drawn = ''
  for (const part of row.split(/(\x1b\[[0-9;]*m)/)) {
    const codes = /^\x1b\[([0-9;]*)m$/.exec(part)
    if (codes !== null) {
      for (const code of codes[1].split(';')) style = styleOf(style, Number(code))
      continue
    }
    const length = [...part].length
    if (part.trim() !== '') drawn += drawRun(part, column, length, style)
    column += length
  }
  return drawn
}

const drawRun = (text, column, length, { color, weight, opacity }) => {
  const look = [
    color && ` fill="${color}"`,
    weight && ` font-weight="${weight}"`,
    opacity && ` opacity="${opacity}"`,
  ]
  const place = `x="${round(column * CELL.width)}" textLength="${round(length * CELL.width)}"`
  return `<tspan ${place} lengthAdjust="spacingAndGlyphs"${look.filter(Boolean).join('')}>${escape(text)}</tspan>`
}

const round = (number) => Math.round(number * 100) / 100

/** What stands in one row over time: each content with the screens at which it begins and ends. */
const spansOf = (screens, row) => {
  const spans = []
  screens.forEach(({ rows }, index) => {
    const text = rows[row] ?? ''
    if (spans.at(-1)?.text === text) return
    if (spans.length > 0) spans.at(-1).end = index
    spans.push({ text, begin: index, end: screens.length })
  })
  return spans.filter(({ text }) => text.trim() !== '')
}

const draw = (recorded) => {
  const screens = recorded.map(({ at, text }) => ({ at, rows: text.split('\n') }))
  const height = Math.max(...screens.map(({ rows }) => rows.length))
  const total = screens.at(-1).at + HOLD
  const percent = (index) => (index >= screens.length ? 100 : round((100 * screens[index].at) / total))
  const rules = []
  const texts = []
  for (let row = 0; row < height; row++) {
    for (const { text, begin, end } of spansOf(screens, row)) {
      const name = `s${texts.length}`
      const isLast = end === screens.length
      if (begin > 0 || !isLast) rules.push(ruleOf(name, percent(begin), percent(end), isLast))
      const y = MARGIN + (row + 0.75) * CELL.height
      texts.push(
        `<text class="${name}" y="${y}"${isLast ? '' : ' visibility="hidden"'}>${drawRow(text)}</text>`,
      )
    }
  }
  return frame(height, total, rules, texts)
}

const ruleOf = (name, begin, end, isLast) => {
  const off = 'visibility:hidden'
  const on = 'visibility:visible'
  const steps = [begin > 0 ? `0%{${off}}` : '', `${begin}%{${on}}`, isLast ? '' : `${end}%{${off}}`].join('')
  return `@keyframes ${name}{${steps}100%{${isLast ? on : off}}}.${name}{animation-name:${name}}`
}

const frame = (rows, total, rules, texts) => {
  const width = Math.ceil(COLUMNS * CELL.width + 2 * MARGIN)
  const height = rows * CELL.height + 2 * MARGIN
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escape(command)}</title>
<style>
text{white-space:pre;font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#e6edf3}
@media (prefers-reduced-motion:no-preference){text{animation:${round(total / 1000)}s step-end infinite}
${rules.join('\n')}}
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<g transform="translate(${MARGIN} 0)">
${texts.join('\n')}
</g>
</svg>
`
}

const screens = await record()
writeFileSync(target, draw(screens))
console.log(`${target}: ${screens.length} screens in ${(screens.at(-1).at / 1000).toFixed(1)} s`)
