import { signal } from '@preact/signals'
import { ApiError } from '../api/request.js'
import { text } from '../strings.js'

/** A message that comes and goes by itself; errors stay until they are closed. */
export interface Toast {
  readonly id: number
  readonly tone: 'good' | 'bad'
  readonly message: string
  readonly remedy?: string
  /** Where it leads. */
  readonly href?: string
}

/** Milliseconds that a good one stays. */
const LIFE = 6_000
const MAX = 4

export const toasts = signal<readonly Toast[]>([])
let count = 0

export const dismiss = (id: number): void => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

export const notify = (toast: Omit<Toast, 'id'>): void => {
  const id = ++count
  toasts.value = [...toasts.value, { ...toast, id }].slice(-MAX)
  if (toast.tone === 'good') setTimeout(() => dismiss(id), LIFE)
}

export const notifyError = (error: unknown): void => {
  if (error instanceof ApiError) notify({ tone: 'bad', message: error.message, remedy: error.remedy })
  else
    notify({ tone: 'bad', message: text.error.page(error instanceof Error ? error.message : String(error)) })
}
