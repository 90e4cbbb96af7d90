// What a client of MQTT.js says and hears: in Node and in a browser. `open` connects with these options; `say` takes lines.

const BIG = Uint8Array.from({ length: 300 * 1024 }, (_, i) => i % 251)

/** Options of a client with a will. */
export const will = (name) => ({
  protocolVersion: 5,
  reconnectPeriod: 0,
  clientId: name,
  will: { topic: 'gone/' + name, payload: 'x', qos: 1, retain: true }
})

export async function talk(open, name, say) {
  const client = await open(will(name))
  const came = []
  let flow = 0
  let wake = () => {}
  const over = new Promise((resolve) => client.once('close', resolve))
  client.on('message', (topic, payload, packet) => {
    if (topic === 'flow/' + name) {
      if (++flow === 10) client.end()
      return
    }
    came.push(packet)
    wake()
  })
  const next = async () => {
    while (came.length === 0) await new Promise((resolve) => { wake = resolve })
    return came.shift()
  }
  for (const qos of [0, 1, 2]) {
    const topic = `talk/${name}/${qos}`
    await client.subscribeAsync(topic, { qos })
    client.publish(topic, 'bar', { qos })
    const small = await next()
    say(`small ${small.payload} ${small.qos}`)
    client.publish(topic, BIG, { qos })
    const big = await next()
    const same = big.payload.length === BIG.length && big.payload.every((byte, i) => byte === BIG[i])
    say(`big ${big.payload.length} ${same ? 'same' : 'different'} ${big.qos}`)
  }
  await client.publishAsync('kept/' + name, 'kept', { qos: 1, retain: true })
  await client.subscribeAsync('kept/' + name, { qos: 1 })
  const kept = await next()
  say(`${kept.retain ? 'retained' : 'live'} ${kept.payload}`)
  await client.subscribeAsync('flow/' + name, { qos: 0 })
  await over
}
