import { createHash, createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { listIdentities, takeIdentity } from './identity.js'

const newState = async (): Promise<string> => {
  const state = await mkdtemp(join(tmpdir(), 'shoal-identity-'))
  onTestFinished(() => rm(state, { recursive: true, force: true }))
  return state
}

test('F2 a peer is named by its Ed25519 key, which it makes once and which only its user reads', async () => {
  const state = await newState()
  const first = await takeIdentity(state)
  await first.release()
  const file = join(state, 'peer-1.pem')
  const text = await readFile(file, 'utf8')
  const key = createPublicKey(text).export({ type: 'spki', format: 'der' })
  const fingerprint = createHash('sha256').update(key).digest('hex')
  expect([first.peerId, first.key.fingerprint]).toEqual([fingerprint.slice(0, 32), fingerprint])
  expect(new X509Certificate(text).publicKey.asymmetricKeyType).toBe('ed25519')
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600)
  const again = await takeIdentity(state)
  expect(again.peerId).toBe(first.peerId)
  await again.release()
})

test('peers that run at once have an identity each, and all are listed', async () => {
  const state = await newState()
  const both = [await takeIdentity(state), await takeIdentity(state)]
  const ids = both.map(({ peerId }) => peerId)
  expect(new Set(ids).size).toBe(2)
  expect((await listIdentities(state)).map(({ peerId }) => peerId)).toEqual(ids)
  await Promise.all(both.map((identity) => identity.release()))
  const [made, ...others] = await listIdentities(await newState())
  expect([made?.name, others]).toEqual(['peer-1', []])
})

test('an id of before there were keys goes, and a file that holds no key is named', async () => {
  const state = await newState()
  await writeFile(join(state, 'peer-1.id'), `${'ab'.repeat(16)}\n`)
  const identity = await takeIdentity(state)
  expect(identity.peerId).not.toBe('ab'.repeat(16))
  await identity.release()
  expect(await readdir(state)).toEqual(['peer-1.pem'])
  await writeFile(join(state, 'peer-1.pem'), 'damaged')
  await expect(takeIdentity(state)).rejects.toThrow('peer-1.pem holds no Ed25519 key')
  expect(await readdir(state)).toEqual(['peer-1.pem'])
})
