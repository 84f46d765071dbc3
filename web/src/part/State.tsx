import type { TransferDocument } from '../../../src/api/contract.js'
import { text } from '../strings.js'

export type Tone = 'good' | 'busy' | 'calm' | 'bad'

/** How a state is coloured; its word says the same. */
export const toneOf = ({ state, error }: Pick<TransferDocument, 'state' | 'error'>): Tone => {
  if (error !== undefined || state === 'failed') return 'bad'
  if (state === 'seeding' || state === 'finished') return 'good'
  return state === 'paused' || state === 'stopped' ? 'calm' : 'busy'
}

export const State = ({ transfer }: { transfer: Pick<TransferDocument, 'state' | 'error'> }) => (
  <span class={`badge ${toneOf(transfer)}`}>
    {transfer.error ? text.stateWithError(transfer.state) : text.state[transfer.state]}
  </span>
)
