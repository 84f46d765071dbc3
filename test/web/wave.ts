const RATE = 48_000
const BYTES = 2

/** A WAV file of a tone: what a browser plays and whose every second stands at a known place. */
export const waveFile = (seconds: number): Uint8Array => {
  const samples = RATE * seconds
  const file = Buffer.alloc(44 + samples * BYTES)
  file.write('RIFF', 0)
  file.writeUInt32LE(file.length - 8, 4)
  file.write('WAVEfmt ', 8)
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(RATE, 24)
  file.writeUInt32LE(RATE * BYTES, 28)
  file.writeUInt16LE(BYTES, 32)
  file.writeUInt16LE(8 * BYTES, 34)
  file.write('data', 36)
  file.writeUInt32LE(samples * BYTES, 40)
  for (let index = 0; index < samples; index++)
    file.writeInt16LE(Math.round(8000 * Math.sin(index * (0.05 + index / samples / 50))), 44 + index * BYTES)
  return file
}
