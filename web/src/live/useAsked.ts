import { useCallback, useEffect, useRef, useState } from 'preact/hooks'

export interface Asked<Value> {
  readonly value: Value | undefined
  /** Why the last try failed; what was known stays. */
  readonly error: Error | undefined
  readonly reload: () => Promise<void>
}

interface Known<Value> {
  readonly about: string
  readonly value?: Value
  readonly error?: Error
}

/**
 * Asks for something now, and every `interval` milliseconds while the page is looked at. `about` names what it is
 * about: with another, what was known is forgotten.
 */
export const useAsked = <Value>(ask: () => Promise<Value>, about: string, interval: number): Asked<Value> => {
  const [state, setState] = useState<Known<Value>>({ about })
  const latest = useRef({ ask, about })
  latest.current = { ask, about }
  const load = useCallback(async (): Promise<void> => {
    const isWanted = (): boolean => latest.current.about === about
    try {
      const value = await latest.current.ask()
      if (isWanted()) setState({ about, value })
    } catch (error) {
      if (isWanted())
        setState((known) => ({ ...(known.about === about && known), about, error: error as Error }))
    }
  }, [about])
  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const round = async (): Promise<void> => {
      if (!document.hidden) await load()
      if (!isOver) timer = setTimeout(() => void round(), interval)
    }
    void round()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [interval, load])
  const known = state.about === about ? state : { about }
  return { value: known.value, error: known.error, reload: load }
}
