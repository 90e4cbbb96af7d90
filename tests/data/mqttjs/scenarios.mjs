// One scenario with MQTT.js: scenarios.mjs HOME HOST PORT VERSION NAME, where HOME is the folder where MQTT.js is
// installed, and VERSION is 4 (MQTT 3.1.1) or 5 (MQTT 5.0). Prints `ok NAME`; anything else is a failure. Without a name,
// prints the names for this version.

import { Broker, check } from './peer.mjs'

const COUNT = 200
const MEBIBYTE = 1024 * 1024
const MULTIPLE_BYTES = { b: ['1', '3'], a: '2', ä: '' }

const texts = (messages) => messages.map((m) => m.text)
const flags = (messages) => messages.map((m) => [m.text, m.retain])
const numbers = (count, first = 0, step = 1) => Array.from({ length: count }, (_, n) => String(first + n * step))

const both = {
  async messages_in_order(broker) {
    for (const qos of [0, 1, 2]) {
      const [receiver, sender] = [await broker.peer(`receiver${qos}`), await broker.peer(`sender${qos}`)]
      await receiver.subscribe('count', qos)
      await Promise.all(numbers(COUNT).map((n) => sender.publish('count', n, qos)))
      await receiver.until('all messages', () => receiver.messages.length >= COUNT)
      // Everything that was sent twice would be here, too.
      const came = await receiver.everything()
      check(texts(came), numbers(COUNT), `messages at QoS ${qos}`)
      for (const m of came) check([m.qos, m.retain, m.dup], [qos, false, false], 'QoS, RETAIN, DUP')
      await receiver.close()
    }
  },

  async retained(broker) {
    const [live, sender] = [await broker.peer('live'), await broker.peer('sender')]
    await live.subscribe('kept', 1)
    for (const text of ['first', 'second']) await sender.publish('kept', text, 1, true)
    check(flags(await live.receive(2)), [['first', false], ['second', false]], 'live')
    const late = await broker.peer('late')
    await late.subscribe('kept', 1)
    check(flags(await late.everything()), [['second', true]], 'a new subscription')
    await sender.publish('kept', '', 1, true)
    check(flags(await live.everything()), [['', false]], 'the clearing message')
    const later = await broker.peer('later')
    await later.subscribe('kept', 1)
    check(texts(await later.everything()), [], 'after it was cleared')
  },

  async will(broker) {
    const watcher = await broker.peer('watcher')
    await watcher.subscribe('will/#', 2)
    const polite = await broker.peer('polite', { will: { topic: 'will/polite', payload: 'no', qos: 2, retain: false } })
    await polite.close()
    const cut = await broker.peer('cut', { will: { topic: 'will/cut', payload: 'gone', qos: 2, retain: true } })
    await cut.cut()
    const [m] = await watcher.receive()
    check([m.topic, m.text, m.qos], ['will/cut', 'gone', 2], 'the will')
    check(texts(await watcher.everything()), [], 'besides the will')
    const late = await broker.peer('late')
    await late.subscribe('will/#', 2)
    check(flags(await late.everything()), [['gone', true]], 'the retained will')
  },

  async persistent_session(broker) {
    const away = await broker.peer('away', { keep: true })
    check(away.connack.sessionPresent, false, 'session present at first')
    await away.subscribe('queue', 2)
    await away.close()
    const sender = await broker.peer('sender')
    await Promise.all(numbers(COUNT).map((n) => sender.publish('queue', n, 1 + (n % 2))))
    await sender.publish('queue', 'last', 2)
    const back = await broker.peer('away', { keep: true })
    check(back.connack.sessionPresent, true, 'session present after it was away')
    await back.until('the queued messages', () => back.messages.length > COUNT)
    const came = await back.everything()
    // MQTT.js hands out a QoS 2 message on PUBREL: each QoS has an order of its own.
    for (const [qos, last] of [[1, []], [2, ['last']]]) {
      const expected = numbers(COUNT / 2, qos - 1, 2).concat(last)
      check(texts(came.filter((m) => m.qos === qos)), expected, `the queued messages at QoS ${qos}`)
    }
    await back.close()
    const fresh = await broker.peer('away')
    check(fresh.connack.sessionPresent, false, 'session present after a clean start')
    await sender.publish('queue', 'nobody', 1)
    check(texts(await fresh.everything()), [], 'after a clean start')
  },

  async takeover(broker) {
    const first = await broker.peer('same')
    const second = await broker.peer('same')
    check(await first.gone(), broker.version === 5 ? 0x8e : undefined, 'reason code of DISCONNECT')
    await second.subscribe('still', 1)
    await second.publish('still', 'here', 1)
    check(texts(await second.receive()), ['here'], 'after the takeover')
  },

  async wildcards(broker) {
    const topics = ['a', 'a/b', 'a/b/c', 'a/', '/b', 'x/b', '$own/b']
    const matches = {
      '#': ['a', 'a/b', 'a/b/c', 'a/', '/b', 'x/b'],
      'a/#': ['a', 'a/b', 'a/b/c', 'a/'],
      'a/+': ['a/b', 'a/'],
      '+': ['a'],
      '+/b': ['a/b', '/b', 'x/b'],
      '+/b/#': ['a/b', 'a/b/c', '/b', 'x/b'],
      '/+': ['/b'],
      '$own/#': ['$own/b'],
      '$own/+': ['$own/b'],
    }
    const peer = await broker.peer('wild')
    for (const [pattern, expected] of Object.entries(matches)) {
      await peer.subscribe(pattern, 1)
      for (const topic of topics) await peer.publish(topic, '', 1)
      check((await peer.everything()).map((m) => m.topic), expected, `topics that ${pattern} matches`)
      await peer.unsubscribe(pattern)
    }
    await peer.subscribe('#')
    await peer.subscribe('+/broker/#')
    check((await peer.everything()).map((m) => m.topic), [], 'topics of $SYS for # and +')
    await peer.subscribe('$SYS/#')
    const came = await peer.everything()
    check([came.length > 0, came.every((m) => m.topic.startsWith('$SYS/'))], [true, true], '$SYS/# has messages')
  },

  async overlapping(broker) {
    const peer = await broker.peer('overlap')
    for (const [pattern, qos] of [['o/#', 0], ['o/+', 2], ['o/x', 1]]) await peer.subscribe(pattern, qos)
    for (const qos of [0, 1, 2]) await peer.publish('o/x', 'once', qos)
    check((await peer.everything()).map((m) => m.qos), [0, 1, 2], 'one copy each, at the highest QoS')
  },

  async unsubscribe(broker) {
    const peer = await broker.peer('peer')
    await peer.subscribe('u/#', 1)
    await peer.publish('u/1', 'before', 1)
    check(texts(await peer.receive()), ['before'], 'before')
    const codes = [await peer.unsubscribe('u/#'), await peer.unsubscribe('u/#')]
    if (broker.version === 5) check(codes, [[0], [0x11]], 'reason codes of UNSUBACK')
    await peer.publish('u/1', 'after', 1)
    check(texts(await peer.everything()), [], 'after')
  },

  // Its broker knows alice with the password secret, and no anonymous clients.
  async login(broker) {
    for (const [username, password] of [['alice', 'wrong'], ['bob', 'secret'], ['alice'], []]) {
      const code = await broker.refused('refused', { username, password })
      const allowed = broker.version === 4 ? [4, 5] : password ? [0x86] : [0x86, 0x87]
      check(allowed.includes(code), true, `${code} for ${username} with ${password} is one of ${allowed}`)
    }
    const peer = await broker.peer('welcome', { username: 'alice', password: 'secret' })
    await peer.subscribe('in', 1)
    await peer.publish('in', 'yes', 1)
    check(texts(await peer.receive()), ['yes'], 'after the login')
  },

  async empty_client_id(broker) {
    const peers = [await broker.peer(''), await broker.peer('')]
    for (const peer of peers) await peer.subscribe('all', 1)
    await peers[0].publish('all', 'hello', 1)
    // Each has its own identifier, or one would have taken over the other's.
    for (const peer of peers) check(texts(await peer.receive()), ['hello'], 'both are there')
  },

  async large_payload(broker) {
    const [near, far] = [await broker.peer('near'), await broker.peer('far')]
    await near.subscribe('there', 2)
    await far.subscribe('back', 2)
    const payload = Buffer.from(Uint8Array.from({ length: MEBIBYTE }, (_, n) => (n * 31) % 251))
    for (const qos of [0, 1, 2]) {
      await far.publish('there', payload, qos)
      const [there] = await near.receive()
      await near.publish('back', there.payload, qos)
      const [back] = await far.receive()
      check([payload.equals(back.payload), back.qos], [true, qos], 'a mebibyte there and back')
    }
  },
}

const only5 = {
  async message_properties(broker) {
    const peer = await broker.peer('peer')
    const properties = { userProperties: MULTIPLE_BYTES, contentType: 'text/plain', payloadFormatIndicator: true }
    await peer.subscribe('p', 1)
    await peer.publish('p', 'x', 1, false, properties)
    const [m] = await peer.receive()
    check(JSON.stringify(m.properties.userProperties), JSON.stringify(MULTIPLE_BYTES), 'user properties')
    check(m.properties.contentType, 'text/plain', 'content type')
    check(m.properties.payloadFormatIndicator, true, 'payload format')
  },

  async request_response(broker) {
    const [requester, responder] = [await broker.peer('requester'), await broker.peer('responder')]
    await responder.subscribe('double', 1)
    await requester.subscribe('answers/me', 1)
    for (let n = 0; n < 10; n += 1) {
      const correlationData = Buffer.from([0, 255, n])
      await requester.publish('double', String(n), 1, false, { responseTopic: 'answers/me', correlationData })
      const [{ text, properties }] = await responder.receive()
      const tag = { correlationData: properties.correlationData }
      await responder.publish(properties.responseTopic, String(2 * Number(text)), 1, false, tag)
      const [answer] = await requester.receive()
      check([answer.text, correlationData.equals(answer.properties.correlationData)], [String(2 * n), true], 'the answer')
    }
  },

  async message_expiry(broker) {
    const peer = await broker.peer('peer')
    await peer.publish('long', 'x', 1, true, { messageExpiryInterval: 1000 })
    await peer.publish('short', 'x', 1, true, { messageExpiryInterval: 1 })
    await peer.subscribe('long', 1)
    const left = (await peer.receive())[0].properties.messageExpiryInterval
    check(left > 900 && left <= 1000, true, `${left} is what is left of 1000 s`)
    // Asked again and again, until it has expired: a second, or until the test's deadline.
    do await peer.subscribe('short', 1)
    while ((await peer.everything()).length > 0)
  },

  async subscription_identifiers(broker) {
    const peer = await broker.peer('peer')
    const identifiers = { 's/#': 1, 's/+': 268_435_455, other: 3 }
    for (const [topic, subscriptionIdentifier] of Object.entries(identifiers)) {
      await peer.subscribe(topic, 1, { properties: { subscriptionIdentifier } })
    }
    await peer.publish('s/1', 'x', 1)
    const came = (await peer.everything()).map((m) => m.properties.subscriptionIdentifier.toSorted((a, b) => a - b))
    check(came, [[1, 268_435_455]], 'identifiers')
  },

  async no_local(broker) {
    const [peer, other] = [await broker.peer('peer'), await broker.peer('other')]
    await peer.subscribe('room', 1, { nl: true })
    await peer.publish('room', 'mine', 1)
    await other.publish('room', 'yours', 1)
    check(texts(await peer.everything()), ['yours'], 'messages of others')
  },

  async retain_as_published(broker) {
    for (const rap of [false, true]) {
      const peer = await broker.peer(`peer${rap}`)
      await peer.subscribe('flag', 1, { rap, rh: 2 })
      for (const retain of [false, true]) await peer.publish('flag', '', 1, retain)
      check((await peer.everything()).map((m) => m.retain), [false, rap], `RETAIN with retain as published ${rap}`)
    }
  },

  async retain_handling(broker) {
    const peer = await broker.peer('peer')
    await peer.publish('kept', 'x', 1, true)
    for (const [rh, ...counts] of [[0, 1, 1], [1, 1, 0], [2, 0, 0]]) {
      for (const expected of counts) {
        await peer.subscribe('kept', 1, { rh })
        check((await peer.everything()).length, expected, `retained messages with retain handling ${rh}`)
      }
      await peer.unsubscribe('kept')
    }
  },

  async shared_subscription(broker) {
    const members = [await broker.peer('member0'), await broker.peer('member1')]
    for (const member of members) await member.subscribe('$share/group/work/+', 1)
    const sender = await broker.peer('sender')
    await Promise.all(numbers(COUNT).map((n) => sender.publish(`work/${n % 7}`, n, 1)))
    const shares = [texts(await members[0].everything()), texts(await members[1].everything())]
    check(shares.flat().sort((a, b) => a - b), numbers(COUNT), 'what both got together')
    check(shares.every((share) => share.length > 0), true, 'each got some')
  },

  async topic_alias(broker) {
    const [receiver, sender] = [await broker.peer('receiver'), await broker.peer('sender')]
    await receiver.subscribe('long/#', 1)
    const sent = [['long/one', 1], ['long/two', 2], ['', 1], ['', 2], ['long/three', 1], ['', 1]]
    for (const [topic, topicAlias] of sent) await sender.publish(topic, 'x', 1, false, { topicAlias })
    const topics = (await receiver.everything()).map((m) => m.topic.replace('long/', ''))
    check(topics, ['one', 'two', 'one', 'two', 'three', 'three'], 'topics')
  },

  async no_matching_subscribers(broker) {
    const peer = await broker.peer('peer')
    for (const expected of [0x10, 0]) {
      for (const [qos, ack] of [[1, 'puback'], [2, 'pubrec']]) {
        await peer.publish('nobody', 'x', qos)
        check(peer.acks[ack].reasonCode ?? 0, expected, `reason code of ${ack}`)
      }
      await peer.subscribe('nobody')
    }
  },

  async assigned_client_id(broker) {
    const assigned = (peer) => peer.connack.properties?.assignedClientIdentifier
    const names = [assigned(await broker.peer('')), assigned(await broker.peer(''))]
    check([names.every(Boolean), names[0] !== names[1]], [true, true], `${names} are two names`)
    check(assigned(await broker.peer('given')), undefined, 'the identifier given to one who has one')
  },

  // Its broker allows at most 60 s.
  async server_keep_alive(broker) {
    for (const [keepalive, expected] of [[600, 60], [30, undefined]]) {
      const peer = await broker.peer(`asks${keepalive}`, { keepalive })
      check(peer.connack.properties?.serverKeepAlive, expected, `server keep alive for ${keepalive}`)
    }
  },
}

const [home, host, port, version, name] = process.argv.slice(2)
const scenarios = version === '5' ? { ...both, ...only5 } : both
if (name) {
  const broker = new Broker(home, host, port, Number(version))
  await scenarios[name](broker)
  await broker.close()
  console.log(`ok ${name}`)
} else {
  console.log(Object.keys(scenarios).join('\n'))
}
