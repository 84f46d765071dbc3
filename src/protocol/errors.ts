/**
 * The catalogue of everything that can go wrong and be told to a person.
 * docs/errors.md lists the same codes; a test keeps the two equal.
 */
export const CATALOGUE = {
  USAGE: { exit: 2, meaning: 'The command was called wrongly.', remedy: 'See --help of the command.' },
  CONFIG_INVALID: {
    exit: 2,
    meaning: 'A setting has a value that cannot be used.',
    remedy: 'Correct the flag, variable or shoal.config.json entry that the message names.',
  },
  PATH_NOT_FOUND: { exit: 3, meaning: 'A file or folder does not exist.', remedy: 'Check the path.' },
  TORRENT_NOT_FOUND: {
    exit: 3,
    meaning: 'The tracker knows no such torrent.',
    remedy: 'Run `shoal list` for the ids that exist.',
  },
  TRANSFER_NOT_FOUND: {
    exit: 3,
    meaning: 'The running peer has no such torrent, or several that the digits fit.',
    remedy: 'Run `shoal status` for those that it has.',
  },
  NOTHING_TO_SHARE: {
    exit: 2,
    meaning: 'The path is neither a file nor a folder with at least one file.',
    remedy: 'Share a file or a folder that holds files.',
  },
  TRACKER_UNREACHABLE: {
    exit: 4,
    meaning: 'No connection to the tracker, or no answer from it.',
    remedy: 'Start one with `shoal tracker`, or name another with --tracker HOST:PORT.',
  },
  TRACKER_UNTRUSTED: {
    exit: 6,
    meaning: 'Who answers at the address of the tracker shows another certificate than it should.',
    remedy:
      'Ask who runs the tracker for its address with the fingerprint; if that is what you gave, somebody stands between.',
  },
  TRACKER_REFUSED: {
    exit: 6,
    meaning: 'The tracker refused the request.',
    remedy: 'Read the reason in the message; another peer may own this identity or share.',
  },
  TRACKER_ANSWER_INVALID: {
    exit: 1,
    meaning: 'The tracker answered something that is not of the protocol.',
    remedy: 'Check that the address is that of a Shoal tracker of this version.',
  },
  STORE_UNREACHABLE: {
    exit: 4,
    meaning: 'The tracker has no connection to its store, or no answer from it.',
    remedy: 'Check that the store runs and that --store names it; the tracker connects again by itself.',
  },
  STORE_FAILED: {
    exit: 1,
    meaning: 'The store of the tracker cannot be opened, read or written.',
    remedy: 'Check the file or server that the message names, or choose another with --store.',
  },
  ALREADY_SEEDING: {
    exit: 6,
    meaning: 'The limit of torrents seeded at once is reached.',
    remedy: 'Stop one, or raise --seed-limit.',
  },
  METAINFO_INVALID: {
    exit: 1,
    meaning: 'The .torrent or magnet link is malformed or hostile.',
    remedy: 'Get it again from its source.',
  },
  BENCODE_INVALID: {
    exit: 1,
    meaning: 'The data is not bencode.',
    remedy: 'Get the file again from its source.',
  },
  PATH_UNSAFE: {
    exit: 1,
    meaning: 'A path in the torrent would leave the download folder or cannot exist.',
    remedy: 'Do not use this torrent.',
  },
  NAME_UNUSABLE: {
    exit: 1,
    meaning: 'A name cannot stand on every system, so what bears it cannot be shared.',
    remedy: 'Rename the file or folder that the message names, and share it again.',
  },
  VERIFICATION_FAILED: {
    exit: 5,
    meaning: 'Data does not match its hash.',
    remedy: 'Download it again, or share the changed data anew.',
  },
  UNVERIFIABLE: {
    exit: 5,
    meaning: 'The torrent carries no hashes, so what arrives cannot be verified.',
    remedy: 'Use --allow-unverified if you trust every peer.',
  },
  FILE_EXISTS: {
    exit: 1,
    meaning: 'A different file of that name is already there; it was not touched.',
    remedy: 'Move it away or choose another folder with --output.',
  },
  FILE_CHANGED: {
    exit: 1,
    meaning: 'A file changed while it was being hashed or shared.',
    remedy: 'Share it again once nothing writes to it.',
  },
  DISK_FULL: {
    exit: 1,
    meaning: 'The disk has no room left.',
    remedy: 'Free some room; the download resumes.',
  },
  DISK_FAILED: {
    exit: 1,
    meaning: 'A file could not be read or written.',
    remedy: 'Check permissions and the disk; the download resumes.',
  },
  STATE_LOCKED: {
    exit: 1,
    meaning: 'Another process uses this state folder.',
    remedy: 'Stop it, or choose another with --state.',
  },
  ADDRESS_IN_USE: {
    exit: 1,
    meaning: 'The address to listen on is taken or not of this machine.',
    remedy: 'Choose another --port (0 for any), --host or --http.',
  },
  PEER_NOT_RUNNING: {
    exit: 1,
    meaning: 'No running peer was found to ask.',
    remedy: 'Start one with `shoal` or `shoal peer`, or name its HTTP API with --http HOST:PORT.',
  },
  REQUEST_INVALID: {
    exit: 1,
    meaning: 'A request of the HTTP API is malformed, too large or for something that does not exist.',
    remedy: 'See docs/http-api.md.',
  },
  UPLOAD_NOT_FOUND: {
    exit: 3,
    meaning: 'The running peer has no such upload: it was shared, given up, or idle for too long.',
    remedy: 'Begin it anew.',
  },
  UNAUTHORIZED: {
    exit: 6,
    meaning: 'The HTTP API wants a login of whoever does not ask from its own machine.',
    remedy:
      'Log in on its page, or give a token with --token; `shoal password` and `shoal token` make new ones.',
  },
  TOO_MANY_REQUESTS: {
    exit: 6,
    meaning: 'The HTTP API takes no more of this at once.',
    remedy: 'Try again in a minute.',
  },
  FORBIDDEN: {
    exit: 6,
    meaning: 'The HTTP API refuses requests that a web page elsewhere may have made.',
    remedy: 'Ask for it by its address, or start it with --http-name for each name that leads to it.',
  },
  INTERRUPTED: { exit: 130, meaning: 'Interrupted before it was done.', remedy: 'Run it again; it resumes.' },
  INTERNAL: {
    exit: 1,
    meaning: 'A defect in Shoal.',
    remedy: 'Please report it with the output of --log-level debug.',
  },
} as const satisfies Record<string, { exit: number; meaning: string; remedy: string }>

export type ErrorCode = keyof typeof CATALOGUE

/** An error of the catalogue. `message` says what happened and to what; the remedy comes from the catalogue. */
export class ShoalError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ShoalError'
    this.code = code
  }

  get remedy(): string {
    return CATALOGUE[this.code].remedy
  }

  get exit(): number {
    return CATALOGUE[this.code].exit
  }
}
