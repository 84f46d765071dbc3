import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concatBytes, encodeUtf8, equalBytes } from '../bytes.js'
import { toHex } from '../hex.js'
import { PLAINTEXT, RC4, type MseHandshake, type MseMeans, type MseStep } from './handshake.js'
import { mseInitiator } from './initiator.js'
import { KEY_SIZE, keyStreams, obfuscatedHash, syncMark, type KeyExchange } from './keys.js'
import { mseResponder } from './responder.js'

const sha1 = (data: Uint8Array): Uint8Array => createHash('sha1').update(data).digest()

/** No Diffie-Hellman, but like it both sides come to one secret that has part of each. */
const exchange = (publicKey: Uint8Array): KeyExchange => ({
  publicKey,
  secretWith: (theirs) =>
    theirs.every((byte) => byte === 0) ? undefined : theirs.map((byte, at) => byte ^ (publicKey[at] ?? 0)),
})

/** Means whose paddings have the lengths given, in the order in which they are made. */
const means = (side: number, ...paddings: number[]): MseMeans => {
  const lengths = [...paddings]
  const randomBytes = (count: number): Uint8Array => {
    if (count !== 2) return new Uint8Array(count).map((_, at) => (at * 37 + side * 11) & 255)
    const length = lengths.shift() ?? 0
    return Uint8Array.of(length >>> 8, length)
  }
  return { sha1, keys: exchange(new Uint8Array(KEY_SIZE).fill(side)), randomBytes }
}

const torrent = new Uint8Array(20).fill(7)
const served = [new Uint8Array(20).fill(6), torrent]
const infoHashOf = (obfuscated: Uint8Array): Uint8Array | undefined =>
  served.find((infoHash) => equalBytes(obfuscatedHash(sha1, infoHash), obfuscated))

const cut = (bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] => {
  const parts: Uint8Array[] = []
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const end = start + (sizes[turn % sizes.length] ?? bytes.length)
    parts.push(bytes.slice(start, end))
    start = end
  }
  return parts
}

/** Hands `bytes` over in parts; the one step that all of them made. */
const feed = (handshake: MseHandshake, bytes: Uint8Array, sizes: readonly number[]): MseStep => {
  const steps = cut(bytes, sizes).map((part) => handshake.receive(part))
  return {
    send: concatBytes(steps.map(({ send }) => send)),
    done: steps.find(({ done }) => done !== undefined)?.done,
    fault: steps.find(({ fault }) => fault !== undefined)?.fault,
  }
}

const padding = fc.oneof(fc.constantFrom(0, 1, 511, 512), fc.nat(512))
const sizes = fc.array(fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 700 })), {
  minLength: 1,
  maxLength: 5,
})
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && toHex(bytes)

test('both sides agree, whatever is offered, however long the paddings, wherever the stream is cut', () => {
  const given = [fc.tuple(padding, padding, padding, padding), sizes, fc.constantFrom(1, 2, 3)] as const
  fc.assert(
    fc.property(...given, fc.uint8Array(), ([a, b, c, d], cuts, methods, initial) => {
      const initiator = mseInitiator({ ...means(1, a, c), infoHash: torrent, initial, methods })
      const responder = mseResponder({ ...means(2, b, d), infoHashOf })
      const keyA = initiator.begin().send
      expect(keyA).toHaveLength(KEY_SIZE + a)
      const keyB = feed(responder, keyA, cuts)
      expect(keyB.send).toHaveLength(KEY_SIZE + b)
      const offer = feed(initiator, keyB.send, cuts)
      const choice = feed(responder, offer.send, cuts)
      expect([text(choice.done?.infoHash), text(choice.done?.received)]).toEqual([
        text(torrent),
        text(initial),
      ])
      const more = encodeUtf8('what the responder sends right after')
      const follows = choice.done?.encrypt?.(more) ?? more
      expect(equalBytes(follows, more)).toBe(methods !== RC4)
      const end = feed(initiator, choice.send, cuts)
      expect([end.fault, text(end.done?.infoHash)]).toEqual([undefined, text(torrent)])
      const arrived = new Uint8Array(follows)
      end.done?.decrypt?.(arrived)
      expect(text(arrived)).toBe(text(more))
      const back = end.done?.encrypt?.(more) ?? new Uint8Array(more)
      choice.done?.decrypt?.(back)
      expect(text(back)).toBe(text(more))
      expect(choice.send).toHaveLength(8 + 4 + 2 + d)
    }),
  )
})

test.each([PLAINTEXT, RC4])(
  'what comes with the last bytes of a handshake is handed on, decrypted: %d',
  (methods) => {
    const initiator = mseInitiator({ ...means(1), infoHash: torrent, initial: Uint8Array.of(1, 2), methods })
    const responder = mseResponder({ ...means(2), infoHashOf })
    const { send: keyB } = responder.receive(initiator.begin().send)
    const choice = responder.receive(initiator.receive(keyB).send)
    const more = encodeUtf8('more')
    const end = initiator.receive(concatBytes([choice.send, choice.done?.encrypt?.(more) ?? more]))
    expect(text(end.done?.received)).toBe(text(more))
    expect(initiator.receive(more)).toEqual({ send: new Uint8Array(), done: undefined, fault: undefined })
  },
)

/** What an initiator sends after the keys, with each field as told. */
const offerOf = (fields: {
  verification?: number
  methods?: number
  padding?: number
  initial?: number
}): Uint8Array => {
  const secret = new Uint8Array(KEY_SIZE).fill(1 ^ 2)
  const { verification = 0, methods = 3, padding = 0, initial = 0 } = fields
  const plain = Uint8Array.of(
    ...new Uint8Array(8).fill(verification),
    ...[methods >>> 24, methods >>> 16, methods >>> 8, methods],
    ...[padding >>> 8, padding],
    ...new Uint8Array(Math.min(padding, 512)),
    ...[initial >>> 8, initial],
  )
  const covered = sha1(concatBytes([encodeUtf8('req3'), secret]))
  const named = obfuscatedHash(sha1, torrent).map((byte, at) => byte ^ (covered[at] ?? 0))
  return concatBytes([
    syncMark(sha1, secret),
    named,
    keyStreams(sha1, secret, torrent).fromInitiator.apply(plain),
  ])
}

test.each([
  [{ verification: 1 }, 'not-verified'],
  [{ methods: 0 }, 'no-common-method'],
  [{ methods: 0xfffffffc }, 'no-common-method'],
  [{ padding: 513 }, 'padding-too-long'],
  [{ initial: 16 * 1024 + 1 }, 'payload-too-long'],
  [{ methods: 0xffffffff, padding: 512 }, undefined],
])('an offer with %j is answered with %s', (fields, fault) => {
  const responder = mseResponder({ ...means(2), infoHashOf })
  responder.receive(new Uint8Array(KEY_SIZE).fill(1))
  const step = responder.receive(offerOf(fields))
  expect([step.fault, step.done === undefined]).toEqual([fault, fault !== undefined])
})

/** What a responder sends after its key, with each field as told. */
const choiceOf = (method: number, padding: number): Uint8Array => {
  const { fromResponder } = keyStreams(sha1, new Uint8Array(KEY_SIZE).fill(1 ^ 2), torrent)
  const fields = Uint8Array.of(...new Uint8Array(8), 0, 0, 0, method, padding >>> 8, padding)
  return fromResponder.apply(concatBytes([fields, new Uint8Array(Math.min(padding, 512))]))
}

test.each([
  [RC4, RC4, 512, undefined],
  [RC4, PLAINTEXT, 0, 'no-common-method'],
  [PLAINTEXT, RC4, 0, 'no-common-method'],
  [PLAINTEXT | RC4, PLAINTEXT | RC4, 0, 'no-common-method'],
  [PLAINTEXT | RC4, 4, 0, 'no-common-method'],
  [PLAINTEXT | RC4, 0, 0, 'no-common-method'],
  [PLAINTEXT | RC4, RC4, 513, 'padding-too-long'],
])('to an offer of %d the choice of %d with padding of %d is %s', (methods, method, padding, fault) => {
  const initiator = mseInitiator({ ...means(1), infoHash: torrent, initial: new Uint8Array(), methods })
  initiator.begin()
  initiator.receive(new Uint8Array(KEY_SIZE).fill(2))
  const step = initiator.receive(choiceOf(method, padding))
  expect([step.fault, step.done === undefined]).toEqual([fault, fault !== undefined])
})

test('a torrent that is not served is a fault, and nothing more is said', () => {
  const initiator = mseInitiator({
    ...means(1),
    infoHash: new Uint8Array(20).fill(9),
    initial: new Uint8Array(),
  })
  const responder = mseResponder({ ...means(2), infoHashOf })
  const { send } = responder.receive(initiator.begin().send)
  const step = responder.receive(initiator.receive(send).send)
  expect([step.fault, step.send.length]).toEqual(['unknown-torrent', 0])
})

test('a key that is none is a fault of either side', () => {
  const responder = mseResponder({ ...means(2), infoHashOf })
  expect(responder.receive(new Uint8Array(KEY_SIZE)).fault).toBe('no-key')
  const initiator = mseInitiator({ ...means(1), infoHash: torrent, initial: new Uint8Array() })
  initiator.begin()
  expect(initiator.receive(new Uint8Array(KEY_SIZE)).fault).toBe('no-key')
})

/** How many bytes a side takes before it is over, when each is garbage. */
const takenOf = (handshake: MseHandshake, garbage: Uint8Array, cuts: readonly number[]): number => {
  let taken = 0
  for (const part of cut(garbage, cuts)) {
    const { fault, done } = handshake.receive(part)
    expect(done).toBeUndefined()
    if (fault !== undefined) return taken + part.length
    taken += part.length
  }
  return Infinity
}

test('garbage ends a handshake by the byte that the longest padding allows, wherever it is cut', () => {
  const garbage = fc.uint8Array({ minLength: 800, maxLength: 900 })
  fc.assert(
    fc.property(garbage, sizes, (bytes, cuts) => {
      const most = Math.max(...cuts) - 1
      const responder = mseResponder({ ...means(2), infoHashOf })
      expect(takenOf(responder, bytes, cuts)).toBeLessThanOrEqual(96 + 512 + 20 + most)
      const initiator = mseInitiator({ ...means(1), infoHash: torrent, initial: new Uint8Array() })
      initiator.begin()
      expect(takenOf(initiator, bytes, cuts)).toBeLessThanOrEqual(96 + 512 + 8 + most)
    }),
  )
})

test('a handshake that is cut short anywhere waits, and is neither done nor at fault', () => {
  const initiator = mseInitiator({ ...means(1, 5, 6), infoHash: torrent, initial: new Uint8Array(68) })
  const keyA = initiator.begin().send
  const offer = initiator.receive(mseResponder({ ...means(2), infoHashOf }).receive(keyA).send).send
  const whole = concatBytes([keyA, offer])
  for (let length = 0; length < whole.length; length++) {
    const { done, fault } = mseResponder({ ...means(2), infoHashOf }).receive(whole.subarray(0, length))
    expect([done, fault]).toEqual([undefined, undefined])
  }
  expect(mseResponder({ ...means(2), infoHashOf }).receive(whole).done).toBeDefined()
})
