/** Base64 with padding, handed in since this folder knows no built-in. `decode` answers undefined for what is not base64. */
export interface Base64 {
  readonly encode: (bytes: Uint8Array) => string
  readonly decode: (text: string) => Uint8Array | undefined
}
