import { useEffect, useState } from 'preact/hooks'

/** `value` once it has been so for `delay` milliseconds. */
export const useDelayed = <Value>(value: Value, delay: number): Value => {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delay)
    return () => clearTimeout(timer)
  }, [value, delay])
  return settled
}
