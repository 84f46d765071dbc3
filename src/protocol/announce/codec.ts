import {
  decodeAnnounceQuery,
  decodeAnnounceResponse,
  encodeAnnounceQuery,
  encodeAnnounceResponse,
} from './httpAnnounce.js'
import {
  decodeScrapeQuery,
  decodeScrapeResponse,
  encodeScrapeQuery,
  encodeScrapeResponse,
  scrapeUrl,
} from './httpScrape.js'
import { decodeUdpRequest, encodeUdpRequest } from './udpRequest.js'
import { decodeUdpResponse, encodeUdpResponse } from './udpResponse.js'

/** What clients and trackers say over HTTP (BEP 3, 7, 21, 23, 31, 48), both halves of it. */
export const httpCodec = {
  announce: {
    encodeQuery: encodeAnnounceQuery,
    decodeQuery: decodeAnnounceQuery,
    encodeResponse: encodeAnnounceResponse,
    decodeResponse: decodeAnnounceResponse,
  },
  scrape: {
    url: scrapeUrl,
    encodeQuery: encodeScrapeQuery,
    decodeQuery: decodeScrapeQuery,
    encodeResponse: encodeScrapeResponse,
    decodeResponse: decodeScrapeResponse,
  },
} as const

/** What clients and trackers say in datagrams (BEP 15, 41), both halves of it. */
export const udpCodec = {
  encodeRequest: encodeUdpRequest,
  decodeRequest: decodeUdpRequest,
  encodeResponse: encodeUdpResponse,
  decodeResponse: decodeUdpResponse,
} as const
