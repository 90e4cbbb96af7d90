// Reason codes and properties of MQTT 5.0, under the standard's names.

export const REASONS = {
  0x00: 'Success', 0x01: 'Granted QoS 1', 0x02: 'Granted QoS 2', 0x04: 'Disconnect with Will Message', 0x10: 'No matching subscribers',
  0x11: 'No subscription existed', 0x18: 'Continue authentication', 0x19: 'Re-authenticate', 0x80: 'Unspecified error',
  0x81: 'Malformed Packet', 0x82: 'Protocol Error', 0x83: 'Implementation specific error', 0x84: 'Unsupported Protocol Version',
  0x85: 'Client Identifier not valid', 0x86: 'Bad User Name or Password', 0x87: 'Not authorized', 0x88: 'Server unavailable',
  0x89: 'Server busy', 0x8a: 'Banned', 0x8b: 'Server shutting down', 0x8c: 'Bad authentication method', 0x8d: 'Keep Alive timeout',
  0x8e: 'Session taken over', 0x8f: 'Topic Filter invalid', 0x90: 'Topic Name invalid', 0x91: 'Packet Identifier in use',
  0x92: 'Packet Identifier not found', 0x93: 'Receive Maximum exceeded', 0x94: 'Topic Alias invalid', 0x95: 'Packet too large',
  0x96: 'Message rate too high', 0x97: 'Quota exceeded', 0x98: 'Administrative action', 0x99: 'Payload format invalid',
  0x9a: 'Retain not supported', 0x9b: 'QoS not supported', 0x9c: 'Use another server', 0x9d: 'Server moved',
  0x9e: 'Shared Subscriptions not supported', 0x9f: 'Connection rate exceeded', 0xa0: 'Maximum connect time',
  0xa1: 'Subscription Identifiers not supported', 0xa2: 'Wildcard Subscriptions not supported',
};
/** Return codes of CONNACK in MQTT 3.x. */
export const RETURNS = ['Connection Accepted', 'unacceptable protocol version', 'identifier rejected', 'Server unavailable', 'bad user name or password', 'not authorized'];

/** Name and form of each property. */
export const PROPERTIES = {
  1: ['Payload Format Indicator', 'byte', v => (v ? 'UTF-8' : 'unspecified bytes')], 2: ['Message Expiry Interval', 'four', () => 'seconds'],
  3: ['Content Type', 'text'], 8: ['Response Topic', 'text'], 9: ['Correlation Data', 'binary'], 11: ['Subscription Identifier', 'varint'],
  17: ['Session Expiry Interval', 'four', v => (v === 0xffffffff ? 'never' : 'seconds')], 18: ['Assigned Client Identifier', 'text'],
  19: ['Server Keep Alive', 'two', () => 'seconds'], 21: ['Authentication Method', 'text'], 22: ['Authentication Data', 'binary'],
  23: ['Request Problem Information', 'byte'], 24: ['Will Delay Interval', 'four', () => 'seconds'], 25: ['Request Response Information', 'byte'],
  26: ['Response Information', 'text'], 28: ['Server Reference', 'text'], 31: ['Reason String', 'text'], 33: ['Receive Maximum', 'two'],
  34: ['Topic Alias Maximum', 'two'], 35: ['Topic Alias', 'two'], 36: ['Maximum QoS', 'byte'], 37: ['Retain Available', 'byte'],
  38: ['User Property', 'pair'], 39: ['Maximum Packet Size', 'four', () => 'bytes'], 40: ['Wildcard Subscription Available', 'byte'],
  41: ['Subscription Identifiers Available', 'byte'], 42: ['Shared Subscription Available', 'byte'],
};
