import { ShoalError } from '../../protocol/errors.js'

/** The same check as on receiving, told to the one who can rename `path`. @throws ShoalError NAME_UNUSABLE */
export const safeToShare = <Value>(path: string, check: () => Value): Value => {
  try {
    return check()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ShoalError('NAME_UNUSABLE', `${path}: ${reason}`, { cause: error })
  }
}
