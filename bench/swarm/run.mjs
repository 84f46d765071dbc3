// One seeder to many leechers, every uplink limited, Shoal beside others: see README.md beside this.
import { register } from 'node:module'

register('../tools/typescript.mjs', import.meta.url)
await import('./main.ts')
