const assert = require('node:assert')
const { test } = require('node:test')
const { MqttBroker, publish } = require('citronella')

test('with require', async () => {
  const broker = await new MqttBroker().start()
  await assert.rejects(broker.expect(publish('a')).within({ milliseconds: 1 }), assert.AssertionError)
  await broker.stop()
})
