import type { StatusDocument } from '../contract.js'
import { statusDocument } from '../document.js'
import type { Route } from './route.js'

export const getStatus: Route = {
  method: 'GET',
  url: '/api/status',
  answer: ({ status }): StatusDocument => statusDocument(status),
}
