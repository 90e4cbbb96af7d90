import { test } from 'node:test'
import { event, withBroker } from 'citronella'

test(
  'it',
  withBroker(async (broker) => {
    await programUnderTest(broker.getConnectionString())
    await broker.expect(
      event("disconnected")
        .ofClient("meter")
        .field('cause', "client_disconnect"),
    )
  }),
)
