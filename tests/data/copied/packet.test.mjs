import { test } from 'node:test'
import { packet, withBroker } from 'citronella'

test(
  'it',
  withBroker(async (broker) => {
    await programUnderTest(broker.getConnectionString())
    await broker.expect(
      packet("PUBACK")
        .toClient("meter"),
    )
  }),
)
