import { aria2 } from './client/aria2.js'
import { testWithClient } from './withClient.js'

testWithClient(aria2())
