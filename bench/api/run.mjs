// How late the event loop of a peer is while pages watch: see README.md beside this.
import { register } from 'node:module'

register('../tools/typescript.mjs', import.meta.url)
await import('./main.ts')
