/** Every bound of the protocol layer in one place, each with the arithmetic behind it. Sizes are bytes, times milliseconds. */

/** One chunk: a block of BitTorrent and a leaf of BEP 52's merkle tree. */
export const CHUNK_SIZE = 16 * 1024

/** What a simple client takes with its only read of an answer. */
export const SIMPLE_READ = 24_576

/** A JSON message; a GET_CHUNK answer is 21,848 of base64 plus a proof, under 24 KiB. */
export const MAX_MESSAGE = 64 * 1024

/** UPLOAD_FILE with METAINFO, or an answer that carries it: 12 MiB of .torrent is 16 MiB of base64. */
export const MAX_METAINFO_MESSAGE = 16 * 1024 * 1024

/** A .torrent: what fits base64-encoded in MAX_METAINFO_MESSAGE with 64 KiB left for the other fields. */
export const MAX_METAINFO = Math.floor(((MAX_METAINFO_MESSAGE - MAX_MESSAGE) / 4) * 3)

/** Nesting of a JSON message; the deepest honest one has 5. */
export const MAX_JSON_DEPTH = 16

/** Nesting of bencode; a BEP 52 file tree nests twice per folder. */
export const MAX_BENCODE_DEPTH = 256

/** How long a connection may stay silent before its first request: a console waits for its user. */
export const SILENCE_BEFORE_REQUEST = 10 * 60 * 1000

/** How long after an answer: some simple clients read until the close. */
export const SILENCE_AFTER_ANSWER = 5 * 1000

/** How long one message may take from its first byte to its last. */
export const MESSAGE_TIME = 30 * 1000

/** A file or torrent name: 255 bytes is what common file systems take, and ".part" must still fit. */
export const MAX_NAME_BYTES = 250

/** A path inside a torrent, joined by "/". */
export const MAX_PATH_BYTES = 4096

/** Folders above a file in a torrent. */
export const MAX_PATH_DEPTH = 64

/** Files of one torrent: at about 100 bytes each in the metainfo, near what MAX_METAINFO holds. */
export const MAX_FILES = 100_000

/** Chunks of one torrent: 2^26 x 16 KiB is 1 TiB; a bit field takes 8 MiB, the picker 64 MiB. */
export const MAX_CHUNKS = 2 ** 26

/** Levels of a proof: 2^40 leaves are 16 PiB. */
export const MAX_PROOF_HASHES = 40

/** Peers taken from one list: more than any peer connects to. */
export const MAX_PEERS_IN_LIST = 1000

/** Requests of one connection not yet answered; 256 x 16 KiB is 4 MiB, 40 ms at 100 MB/s. */
export const MAX_REQUESTS_IN_FLIGHT = 256

/** Requests of one connection that a Shoal peer takes at once: 128 answers are 2.8 MB, 10 ms at 280 MB/s. */
export const MAX_REQUESTS_SERVED = 128

/** Names in WIRES: the known three and one of the future. */
export const MAX_WIRES = 4

/** TORRENT_LIST rows in one answer, whatever LIMIT says. */
export const MAX_LIST_ROWS = 1000

/** A TORRENT_LIST answer to a request with LIMIT: 250 rows with 50 peers each at about 4 KiB a row. */
export const MAX_LIST_ANSWER = 1024 * 1024

/**
 * Peers in each of a list row's two tables. A peer is at most 144 bytes (id 35, IPv6 address 57, port 16, wires 36),
 * so a row has at most 2 x 50 x 144 + 1 KiB of name and hashes = 15.4 KB, and one row always fits SIMPLE_READ.
 */
export const MAX_ROW_PEERS = 50

/** Peers of both tables in an answer to GET_TORRENT: more than a download talks to at once; 200 simple ones are 17 KB. */
export const MAX_TORRENT_PEERS = 200

/** White space before a connection's first message. */
export const MAX_LEADING_SPACE = 1024

/** Connections of one port: at about 20 KB each, 200 MB if all are idle, and below what systems let a server open. */
export const MAX_CONNECTIONS = 10_000

/** Connections from one address (or IPv6 /64): a household behind one address, 16 clients with 8 connections each. */
export const MAX_CONNECTIONS_PER_ADDRESS = 128

/** How long connections may take to finish their answers when a port closes. */
export const CLOSING_TIME = 2 * 1000

/** Calls in one answer to AWAIT_CALLS, and kept for a peer that is between two: each is a connection that it makes. */
export const MAX_CALLS = 16

/** How long a tracker holds AWAIT_CALLS: home routers keep a silent connection for at least some minutes. */
export const CALL_HOLD = 50 * 1000

/** How long the peer that is called has to answer a punch: several round trips around the world. */
export const PUNCH_ANSWER_TIME = 4 * 1000

/** How long both sides have to join a relay. */
export const RELAY_JOIN_TIME = 10 * 1000
