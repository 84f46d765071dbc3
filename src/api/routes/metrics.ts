import { METRICS_TYPE } from '../../support/metricText.js'
import { LoopDelay, renderMetrics } from '../metrics.js'
import type { Routes } from '../context.js'

export const addMetrics: Routes = (app, { peer, events }) => {
  const delay = new LoopDelay()
  app.addHook('onClose', async () => delay.stop())
  app.get(
    '/metrics',
    { schema: { summary: 'What the peer does, for Prometheus.' } },
    async (_request, reply) => reply.type(METRICS_TYPE).send(renderMetrics(peer, events, delay)),
  )
}
