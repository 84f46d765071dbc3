import { ShoalError } from '../protocol/errors.js'
import { FieldFault, shown } from '../protocol/json/fields.js'
import type { FileEntry } from '../protocol/json/answer.js'
import type { Upload } from '../protocol/json/upload.js'
import type { Metainfo } from '../protocol/metainfo/content.js'
import { decodeMetainfo } from '../protocol/metainfo/decode.js'
import { Layout } from '../protocol/metainfo/layout.js'
import { hashes } from './hashes.js'
import type { Content } from './store/store.js'

type Facts = Omit<Upload, 'metainfo'>

/** The field that carries each fact, as a fault names it. */
const FIELDS: Record<keyof Facts, string> = {
  infoHash: 'INFO_HASH',
  infoHashV1: 'INFO_HASH_V1',
  rootHash: 'ROOT_HASH',
  fileName: 'FILE_NAME',
  fileSize: 'FILE_SIZE',
  chunks: 'NUM_OF_CHUNKS',
}

const decode = (bytes: Uint8Array): Metainfo => {
  try {
    return decodeMetainfo(bytes, hashes)
  } catch (error) {
    if (error instanceof ShoalError) throw new FieldFault(`METAINFO is invalid: ${error.message}`)
    throw error
  }
}

const factsOf = (metainfo: Metainfo): Facts => {
  const layout = new Layout(metainfo)
  return {
    infoHash: metainfo.infoHash,
    infoHashV1: metainfo.infoHashV1,
    rootHash: metainfo.isFolder ? undefined : metainfo.files[0]?.rootHash,
    fileName: metainfo.name,
    fileSize: metainfo.files.reduce((total, { size }) => total + size, 0),
    chunks: layout.chunkCount,
  }
}

const filesOf = (metainfo: Metainfo): readonly FileEntry[] | undefined =>
  metainfo.isFolder
    ? metainfo.files.map(({ path, size, rootHash }) => ({ path: path.join('/'), size, rootHash }))
    : undefined

const factsSaid = ({ infoHash, infoHashV1, rootHash, fileName, fileSize, chunks }: Upload): Facts => ({
  infoHash,
  infoHashV1,
  rootHash,
  fileName,
  fileSize,
  chunks,
})

/** @throws FieldFault for the first field of `said` that is given and not so */
const check = (said: Facts, facts: Facts): void => {
  for (const [key, field] of Object.entries(FIELDS) as [keyof Facts, string][]) {
    if (said[key] === undefined || said[key] === facts[key]) continue
    throw new FieldFault(`${field} is ${shown(said[key])}: expected ${shown(facts[key])}, as METAINFO says`)
  }
}

/**
 * What `upload` says, proven by its METAINFO where it has one: then every field that was left out is filled in.
 * The name is part of what the info-hash is taken over, so content with METAINFO is listed under no other.
 *
 * @throws FieldFault for METAINFO that is invalid, or says otherwise than a field
 */
export const proveUpload = (upload: Upload): Content => {
  const said = factsSaid(upload)
  if (upload.metainfo === undefined)
    return { ...said, metainfo: undefined, files: undefined, isProven: false }
  // A copy of its own: views of what was read, or of the platform's pool, would keep more than they show.
  const bytes = new Uint8Array(upload.metainfo)
  const metainfo = decode(bytes)
  const facts = factsOf(metainfo)
  check(said, facts)
  return { ...facts, metainfo: bytes, files: filesOf(metainfo), isProven: true }
}
