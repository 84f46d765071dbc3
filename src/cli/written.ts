import { formatStoreUrl, type StoreUrl } from '../tracker/store/storeUrl.js'
import { formatEndpoint } from './settings.js'

const isEndpoint = (value: unknown): value is { host: string; port: number } =>
  typeof value === 'object' && value !== null && 'host' in value && 'port' in value

const isStoreUrl = (value: unknown): value is StoreUrl =>
  typeof value === 'object' && value !== null && 'kind' in value

/** A value as it would be written; null where there is none. */
export const written = (value: unknown): string | number | boolean | null | string[] => {
  if (Array.isArray(value)) return value.map((item: unknown) => shown(item))
  if (isEndpoint(value)) return formatEndpoint(value)
  if (isStoreUrl(value)) return formatStoreUrl(value)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}

/** The same for a table. */
export const shown = (value: unknown): string => {
  const text = written(value)
  return typeof text === 'object' ? text?.join(', ') || '-' : String(text)
}
