import { Type, type Static, type TOptional, type TSchema, type TUnsafe } from 'typebox'
import { CATALOGUE, type ErrorCode } from '../../protocol/errors.js'

/** Bytes, or bytes a second, or anything else that is counted. */
export const Count = (description: string) => Type.Integer({ minimum: 0, description })

/** Milliseconds since 1970. */
export const Moment = (description: string) =>
  Type.Integer({ minimum: 0, description: `${description}; milliseconds since 1970` })

/** What may be left out, or be undefined in this program, which leaves it out of the JSON. */
export const Optional = <Schema extends TSchema>(
  schema: Schema,
): TOptional<TUnsafe<Static<Schema> | undefined>> =>
  Type.Optional(Type.Unsafe<Static<Schema> | undefined>(schema))

/** One of some words. */
export const Choice = <const Word extends string>(words: readonly Word[], description?: string) =>
  Type.Unsafe<Word>({ type: 'string', enum: [...words], ...(description !== undefined && { description }) })

export const ErrorDocument = Type.Object(
  {
    code: Choice(Object.keys(CATALOGUE) as ErrorCode[], 'as in docs/errors.md'),
    detail: Type.String({ description: 'what happened, and to what' }),
    remedy: Type.String({ description: 'what to do' }),
  },
  { description: 'An error of the catalogue.' },
)
/** An error of the catalogue. */
export type ErrorDocument = Static<typeof ErrorDocument>

export const Problem = Type.Object(
  {
    type: Type.Literal('about:blank'),
    title: Type.String(),
    status: Type.Integer({ description: 'the HTTP status' }),
    ...ErrorDocument.properties,
  },
  { description: 'Every answer that is no success: application/problem+json (RFC 9457).' },
)
/** Every answer that is no success: application/problem+json (RFC 9457). */
export type Problem = Static<typeof Problem>

/** Limits in bytes a second; null: none. */
export const LimitsDocument = Type.Object({
  download: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
  upload: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
})
/** Limits in bytes a second; null: none. */
export type LimitsDocument = Static<typeof LimitsDocument>

/** What changes of limits: what is not named stays. */
export const LimitsChange = Type.Partial(LimitsDocument, { additionalProperties: false })

/** Which part of a list is asked for. */
export const pageQuery = (maximum: number, fallback: number) => ({
  offset: Type.Integer({ minimum: 0, maximum: 1e9, default: 0, description: 'how many are passed over' }),
  limit: Type.Integer({ minimum: 1, maximum, default: fallback, description: 'how many at most' }),
})
