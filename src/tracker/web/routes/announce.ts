import type { BencodedAnswer, HttpAnnounces } from '../../announce/http.js'
import type { Route, WebAnswer } from '../route.js'

/** As trackers have always labelled it; a browser shows it as text. */
const BENCODE = 'text/plain'

const answerOf = ({ status, body }: BencodedAnswer): WebAnswer => ({ status, type: BENCODE, body })

/** Announce and scrape of BitTorrent clients. */
export const announceRoutes = (announces: HttpAnnounces): readonly Route[] => [
  {
    method: 'GET',
    path: /^\/announce$/,
    answer: ({ query, host }) => {
      const answer = announces.announce(query, host)
      return answer instanceof Promise ? answer.then(answerOf) : answerOf(answer)
    },
  },
  {
    method: 'GET',
    path: /^\/scrape$/,
    answer: async ({ query, host }) => answerOf(await announces.scrape(query, host)),
  },
]
