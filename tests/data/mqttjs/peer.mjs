// What scenarios.mjs is written in: an MQTT.js client whose events can be waited for. Nothing here sleeps.

import { EventEmitter, once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

const DEADLINE_MS = 15_000
const PREFIX_OF_BARRIERS = 'barrier/'

/** Ends the scenario unless both are the same. */
export function check(actual, expected, what) {
  if (!isDeepStrictEqual(actual, expected)) {
    throw new Error(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`)
  }
}

/** Where the scenario's clients connect to, and how. */
export class Broker {
  constructor(home, host, port, version) {
    this.mqtt = createRequire(join(home, 'package.json'))('mqtt')
    this.url = `mqtt://${host}:${port}`
    this.version = version
    this.peers = []
  }

  /** A connected client. */
  async peer(name, options = {}) {
    const peer = new Peer(this, name, options)
    await peer.until('CONNACK', () => peer.connack)
    check(peer.connack.reasonCode ?? peer.connack.returnCode, 0, 'reason code of CONNACK')
    return peer
  }

  /** A client that is refused; gives its reason code. */
  async refused(name, options) {
    const peer = new Peer(this, name, options)
    await peer.until('CONNACK', () => peer.connack)
    return this.version === 5 ? peer.connack.reasonCode : peer.connack.returnCode
  }

  async close() {
    for (const peer of this.peers) await peer.close()
  }
}

/** One client, from its connection to its end. */
class Peer {
  constructor(broker, name, { keep = false, ...options }) {
    this.v5 = broker.version === 5
    this.changed = new EventEmitter()
    this.messages = []
    this.acks = {}
    this.barriers = 0
    this.connack = this.error = this.reason = undefined
    this.ended = false
    this.client = broker.mqtt.connect(broker.url, {
      protocolVersion: broker.version,
      clientId: name,
      clean: !keep,
      reconnectPeriod: 0,
      // Otherwise it sends no SUBSCRIBE for what it thinks it has already.
      resubscribe: false,
      properties: this.v5 && keep ? { sessionExpiryInterval: 600 } : undefined,
      ...options,
    })
    broker.peers.push(this)
    const change = (event, note) => {
      this.client.on(event, (...values) => {
        note(...values)
        this.changed.emit('change')
      })
    }
    change('packetreceive', (packet) => {
      if (packet.cmd === 'connack') this.connack = packet
      else this.acks[packet.cmd] = packet
    })
    change('message', (topic, payload, { qos, retain, dup, properties = {} }) => {
      const text = payload.length < 100 ? String(payload) : undefined
      this.messages.push({ topic, payload, text, qos, retain, dup, properties })
    })
    change('disconnect', (packet) => { this.reason = packet.reasonCode })
    change('error', (error) => { this.error = error })
    change('close', () => { this.ended = true })
  }

  /** Waits until the condition holds. */
  async until(what, condition) {
    const signal = AbortSignal.timeout(DEADLINE_MS)
    while (!condition()) {
      await once(this.changed, 'change', { signal }).catch(() => {
        throw new Error(`${what} did not happen in ${DEADLINE_MS} ms; ${this.messages.length} messages; ${this.error}`)
      })
    }
  }

  /** Exactly the next messages, as many as wanted; they are forgotten then. */
  async receive(count = 1) {
    await this.until(`${count} messages`, () => this.messages.length >= count)
    return this.messages.splice(0, count)
  }

  /** All messages that came before one that the client now sends to itself. */
  async everything() {
    this.barriers += 1
    const topic = `${PREFIX_OF_BARRIERS}${this.client.options.clientId}/${this.barriers}`
    // A broker may grant a lower QoS.
    await this.client.subscribeAsync(topic, { qos: 2 })
    await this.publish(topic, '', 2)
    await this.until('the barrier', () => this.messages.some((m) => m.topic === topic))
    await this.unsubscribe(topic)
    return this.messages.splice(0).filter((m) => !m.topic.startsWith(PREFIX_OF_BARRIERS))
  }

  /** Subscribes. */
  async subscribe(topic, qos = 0, options = {}) {
    const [granted] = await this.client.subscribeAsync(topic, { qos, ...options })
    check(granted.qos, qos, `QoS granted for ${topic}`)
  }

  /** Unsubscribes; gives the reason codes, none in MQTT 3.1.1. */
  async unsubscribe(topic) {
    await this.client.unsubscribeAsync(topic)
    return this.acks.unsuback.granted
  }

  /** Publishes; resolves when it is acknowledged. */
  async publish(topic, payload, qos = 0, retain = false, properties = undefined) {
    await this.client.publishAsync(topic, payload, { qos, retain, properties })
  }

  /** Ends the connection without DISCONNECT. */
  async cut() {
    this.client.stream.destroy()
    await this.gone()
  }

  /** Ends it with DISCONNECT, if it is still there. */
  async close() {
    await this.client.endAsync()
  }

  /** Waits until the connection has ended; gives the reason code of DISCONNECT. */
  async gone() {
    await this.until('the end of the connection', () => this.ended)
    return this.reason
  }
}
