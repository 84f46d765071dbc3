/** The extensions that Shoal knows, by the names that stand in `m` of the handshake (BEP 9, 11, 54). */
export const EXTENSION_NAMES = ['ut_metadata', 'ut_pex', 'lt_donthave'] as const

export type ExtensionName = (typeof EXTENSION_NAMES)[number]
