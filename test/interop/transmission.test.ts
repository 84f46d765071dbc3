import { transmission } from './client/transmission.js'
import { testWithClient } from './withClient.js'

// It lets ten seconds and more pass before it dials anybody, or lets anybody fetch, also of its own kind.
testWithClient(transmission(), { hasNetwork: true, patience: 60_000 })
