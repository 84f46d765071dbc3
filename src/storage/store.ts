/** Where chunks to be served are read from. */
export interface ChunkReader {
  /**
   * The bytes of `chunk`: at once where they are in memory, else when they are read.
   *
   * The bytes belong to the reader. They stay as they are until the turn of the event loop ends in which the caller
   * got them (in which this returned, or in which the promise settled), its microtasks included; who needs them
   * longer, for a socket to send them later, copies them.
   * @throws ShoalError DISK_FAILED, FILE_CHANGED
   */
  read(chunk: number): Uint8Array | Promise<Uint8Array>

  /**
   * Fills `buffers` with as many chunks from `first` on, each buffer of its chunk's length, all chunks of one piece:
   * by one read where they are on disk.
   * @throws ShoalError DISK_FAILED, FILE_CHANGED
   */
  readRun(first: number, buffers: readonly Uint8Array[]): Promise<void>

  /** Closes every file. */
  close(): Promise<void>
}
