// A client of another library, MQTT.js, where the site was made with it: it reaches the broker over the same port as ours.

import { socket } from '../console/road.js';
import { versionFor } from './visitor.js';

const NAMES = {
  payload_format_indicator: 'payloadFormatIndicator', message_expiry_interval: 'messageExpiryInterval', content_type: 'contentType', response_topic: 'responseTopic', correlation_data: 'correlationData',
  session_expiry_interval: 'sessionExpiryInterval', receive_maximum: 'receiveMaximum', topic_alias_maximum: 'topicAliasMaximum', topic_alias: 'topicAlias', maximum_packet_size: 'maximumPacketSize', will_delay_interval: 'willDelayInterval',
};

let library = null;
const load = () => (library ??= import('./mqtt.esm.js').then(found => found.default));

/** Properties as MQTT.js has them. */
function properties(said = {}) {
  const all = Object.entries(said).map(([name, value]) => {
    if (name === 'user_property') return ['userProperties', Object.fromEntries(value.map(one => [one.name, one.value]))];
    if (!NAMES[name]) throw new Error(`MQTT.js is given no property ${name} here`);
    return [NAMES[name], name === 'payload_format_indicator' ? value === 1 : value];
  });
  return Object.fromEntries(all);
}

/** It has what a `Visitor` has. */
export class OfLibrary {
  constructor(name, on) { Object.assign(this, { name, on, state: 'away', version: '3.1.1', count: 0 }); }

  is(state) {
    this.state = state;
    this.on.changed();
  }

  async connect(said = {}) {
    const mqtt = await load();
    this.version = versionFor(said);
    const isFive = this.version === '5.0';
    const { will } = said;
    this.client = mqtt.connect('ws://page', {
      createWebsocket: () => { this.socket = socket(this.name); return this.socket; },
      // Its own timers are a worker, which the page's policy forbids.
      timerVariant: 'native', clientId: this.name, clean: said.clean_start !== false, keepalive: said.keep_alive ?? 60, protocolVersion: isFive ? 5 : 4, reconnectPeriod: 1000,
      ...(isFive ? { properties: properties(said.properties) } : {}), ...(will ? { will: { topic: will.topic, payload: will.payload, qos: will.qos ?? 0, retain: will.retain === true } } : {}),
    });
    this.client.on('close', () => this.is('away'));
    this.client.on('message', (topic, payload, { qos, retain }) => {
      this.count++;
      this.on.message(this, { topic, payload: new TextDecoder().decode(payload), qos, retain });
    });
    await new Promise((done, failed) => {
      this.client.on('connect', () => { this.is('there'); done(); });
      this.client.once('error', failed);
    });
  }

  subscribe({ topic_filter, qos = 0 }) { return this.client.subscribeAsync(topic_filter, { qos }); }
  unsubscribe({ topic_filter }) { return this.client.unsubscribeAsync(topic_filter); }

  publish({ topic, payload, qos = 0, retain = false, properties: said }) {
    return this.client.publishAsync(topic, payload ?? '', { qos, retain, ...(said ? { properties: properties(said) } : {}) });
  }

  disconnect() { this.client?.end(); }

  vanish() {
    if (this.client) this.client.options.reconnectPeriod = 0;
    this.cut();
  }

  cut() { this.socket?.line?.cut('the client vanished'); }
}
