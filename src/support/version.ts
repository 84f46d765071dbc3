import { readFileSync } from 'node:fs'

/** The version of Shoal that runs. */
export const versionOfPackage = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
