// Where the standard speaks of a packet.

import { h } from './dom.js';

/** Section, anchor in MQTT 5.0, anchor in MQTT 3.1.1. */
const SECTIONS = {
  CONNECT: ['3.1', 3901033, 398718028], CONNACK: ['3.2', 3901074, 398718033], PUBLISH: ['3.3', 3901100, 398718037],
  PUBACK: ['3.4', 3901121, 398718043], PUBREC: ['3.5', 3901131, 398718048], PUBREL: ['3.6', 3901141, 398718053],
  PUBCOMP: ['3.7', 3901151, 398718058], SUBSCRIBE: ['3.8', 3901161, 398718063], SUBACK: ['3.9', 3901171, 398718068],
  UNSUBSCRIBE: ['3.10', 3901179, 398718072], UNSUBACK: ['3.11', 3901187, 398718077], PINGREQ: ['3.12', 3901195, 398718081],
  PINGRESP: ['3.13', 3901200, 398718086], DISCONNECT: ['3.14', 3901205, 398718090], AUTH: ['3.15', 3901217, null],
};
const DELIVERY = [null, ['4.3.2 At least once', 3901236, 398718102], ['4.3.3 Exactly once', 3901237, 398718103]];
const FIVE = 'https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html#_Toc';
const THREE = 'https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html#_Toc';

function link([section, five, three], isV5) {
  const anchor = isV5 ? five : three;
  if (!anchor) return null;
  return h('a', { href: (isV5 ? FIVE : THREE) + anchor, target: '_blank', rel: 'noreferrer noopener' }, `MQTT ${isV5 ? '5.0' : '3.1.1'} § ${section}`);
}

export const ofPacket = (packet, isV5) => (SECTIONS[packet] ? link(SECTIONS[packet], isV5) : null);
export const ofDelivery = (qos, isV5) => (DELIVERY[qos] ? link(DELIVERY[qos], isV5) : null);
