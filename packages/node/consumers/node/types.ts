// What has to compile, and what must not. It is not run.

import { event, type FaultSpec, MqttBroker, NotMet, packet, publish, type StartedMqttBroker } from 'citronella'

export async function right(broker: StartedMqttBroker): Promise<string | undefined> {
  const met = await broker
    .expect(publish('a').qos({ from: 1 }))
    .times({ min: 1 })
    .within({ minutes: 1 })
  const topic: string | undefined = met.packets[0]?.topic_name
  const gone = await broker.expect(event('disconnected').ofClient('a'))
  const cause = gone.packets[0]?.cause
  if (cause === 'keep_alive_timeout') return topic
  const rule: FaultSpec = { name: 'x', when: packet(['PUBACK', 'PUBREC']).reason(128), action: { type: 'latency', latency: 5 } }
  await broker.faults.add(rule)
  try {
    await broker.expectNever({ packet: 'CONNECT', will: { topic: 'gone' }, 'properties.receive_maximum': 1 })
  } catch (error) {
    if (error instanceof NotMet) return error.failure?.nearest[0]?.differences[0]?.field
  }
  return new MqttBroker({ settings: { tls: { preset: 'expired' }, acl: [{ topic: '#', access: 'read' }] } }).withSettings({})
    .constructor.name
}

export async function wrong(broker: StartedMqttBroker): Promise<void> {
  // @ts-expect-error: no packet is called that
  packet('PUBLSH')
  // @ts-expect-error: no event is called that
  event('conected')
  // @ts-expect-error: there is no such field
  publish('a').field('payloud', 'x')
  // @ts-expect-error: there is no such comparison
  publish('a').qos({ form: 1 })
  // @ts-expect-error: there is no such field
  await broker.expect({ packet: 'PUBLISH', topc: 'a' })
  // @ts-expect-error: a duration is an object
  await broker.expect(publish('a')).within(5)
  // @ts-expect-error: there is no such unit
  await broker.clock.advance({ hour: 1 })
  // @ts-expect-error: there is no such action
  await broker.faults.add({ name: 'x', when: publish('a'), action: 'dorp' })
  // @ts-expect-error: there is no such attribute
  await broker.faults.add({ name: 'x', type: 'latency', attributes: { latncy: 1 } })
  // @ts-expect-error: a stub publishes something
  await broker.stubs.add({ name: 'x', when: publish('a') })
  // @ts-expect-error: there is no such setting
  new MqttBroker({ settings: { session: { max_inflght: 1 } } })
  // @ts-expect-error: there is no such preset
  new MqttBroker({ settings: { tls: { preset: 'expird' } } })
}
