import { test } from 'node:test'
import { publish, withBroker } from 'citronella'

test(
  'it',
  withBroker(async (broker) => {
    await programUnderTest(broker.getConnectionString())
    await broker.expect(
      publish("power/hall")
        .fromClient("meter")
        .qos(1)
        .jsonSubset({"watt":5,"on":true,"by":null,"of":["aé","it's"]}),
    )
  }),
)
