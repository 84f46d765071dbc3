import { visibleRuns, visibleText } from '../visible.js'

/** A name from elsewhere: only ever text, isolated from the direction of what stands beside it, nothing in it hidden. */
export const Name = ({ children, title = true }: { children: string; title?: boolean }) => (
  <bdi class="name" title={title ? visibleText(children) : undefined}>
    {visibleRuns(children).map(({ text, isMark }) => (isMark ? <span class="mark">{text}</span> : text))}
  </bdi>
)
