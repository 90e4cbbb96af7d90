// MQTT.js, and what tests want of it. Nothing here sleeps.

import { type EventEmitter, on } from 'node:events'
import type { StartedMqttBroker } from 'citronella'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'

/** A client that is connected, and does not come back by itself. */
export function connect(
  broker: StartedMqttBroker,
  clientId: string,
  options: IClientOptions & { url?: string } = {},
): Promise<MqttClient> {
  const { url = broker.url, ...rest } = options
  return mqtt.connectAsync(url, { clientId, reconnectPeriod: 0, protocolVersion: 5, ...rest })
}

/** A client that publishes one message at QoS 1, and goes. */
export async function say(
  broker: StartedMqttBroker,
  clientId: string,
  topic: string,
  payload: string,
  retain = false,
): Promise<void> {
  const client = await connect(broker, clientId)
  await client.publishAsync(topic, payload, { qos: 1, retain })
  await client.endAsync()
}

/** A client that subscribes; `next` gives the payloads that come, as many as asked for. */
export async function listen(
  broker: StartedMqttBroker,
  clientId: string,
  filter: string,
  options: IClientOptions & { url?: string } = {},
) {
  const client = await connect(broker, clientId, options)
  const messages = on(client as unknown as EventEmitter, 'message')
  await client.subscribeAsync(filter, { qos: 1 })
  const next = async (count: number): Promise<string[]> => {
    const payloads: string[] = []
    while (payloads.length < count) {
      const { value } = await messages.next()
      payloads.push(String((value as [string, Buffer])[1]))
    }
    return payloads
  }
  return { client, next, end: () => client.endAsync() }
}

/** Waits until the connection of a client has ended, however it does. Ask before it is cut. */
export function closed(client: MqttClient): Promise<void> {
  client.on('error', () => {})
  return new Promise((resolve) => {
    client.once('close', resolve)
  })
}
