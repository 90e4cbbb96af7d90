import { publish, withBroker } from 'citronella'
import mqtt from 'mqtt'

test(
  'with import',
  withBroker(async (broker) => {
    const lamp = await mqtt.connectAsync(broker.url)
    await lamp.publishAsync('lamp', 'on', { qos: 1 })
    await broker.expect(publish('lamp').payload('on')).times(1)
    await lamp.endAsync()
  }),
)
