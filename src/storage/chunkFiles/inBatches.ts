/** Files open at once: hides the time of each, far below any limit of open files; 64 x 1 MiB of chunks are 64 MiB. */
const AT_ONCE = 64

/** Does `work` for every index below `count`, several at a time, and says how many are done. */
export const inBatches = async (
  count: number,
  work: (index: number) => Promise<void>,
  onDone: (done: number) => void = () => undefined,
): Promise<void> => {
  for (let first = 0; first < count; first += AT_ONCE) {
    const last = Math.min(count, first + AT_ONCE)
    await Promise.all(Array.from({ length: last - first }, (_, step) => work(first + step)))
    onDone(last)
  }
}
