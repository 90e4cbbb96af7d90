// The words of `publisher`, `subscriber` and `broker ctl`, as far as a page can do what they say.

/** Words, where quotes hold some together. */
function wordsOf(line) {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => {
    if (/^['"]/.test(bare)) throw new Error(`the quote before ${bare.slice(1) || 'the end'} is not closed`);
    return single ?? double ?? bare;
  });
}

function whole(flag, text, least = 0) {
  if (!/^\d{1,9}$/.test(text) || Number(text) < least) throw new Error(`${flag}: ${text || 'nothing'} is no whole number from ${least}`);
  return Number(text);
}

function qosOf(flag, text) {
  if (!/^[012]$/.test(text)) throw new Error(`${flag}: Invalid QoS given: ${text}; it is 0, 1 or 2`);
  return Number(text);
}

const LONGEST = 65535;
function bounded(what, text) {
  if (text === '') throw new Error(`the ${what} is empty; it must be at least one character long`);
  if (new TextEncoder().encode(text).length > LONGEST) throw new Error(`the ${what} is longer than ${LONGEST} bytes`);
}

/** [MQTT5-3.3.2-2]: a topic name has no wildcards. */
function nameOf(topic) {
  if (/[+#]/.test(topic)) throw new Error(`Invalid publish topic '${topic}', does it contain '+' or '#'?`);
  bounded('topic', topic);
  return topic;
}

/** [MQTT5-4.7.1-1], [MQTT5-4.7.1-2]: `#` is the whole last level, `+` is a whole level. */
function filterOf(filter) {
  bounded('topic filter', filter);
  const [, group, inner] = filter.match(/^\$share\/([^/]*)\/?(.*)$/s) ?? [];
  if (group !== undefined && (!group || /[+#]/.test(group) || !inner)) throw new Error(`Invalid shared subscription '${filter}'; it is written $share/GROUP/FILTER`);
  const isWell = (level, i, all) => level === '+' || (level === '#' && i === all.length - 1) || !/[+#]/.test(level);
  if (!(inner ?? filter).split('/').every(isWell)) throw new Error(`Invalid subscription topic '${filter}', are all '+' and '#' wildcards correct?`);
  return filter;
}

const UNITS = { ms: 0.001, s: 1, m: 60, h: 3600 };
function secs(text) {
  const [, number, unit = 's'] = text?.match(/^([\d.]+)(ms|s|m|h)?$/) ?? [];
  if (!number) throw new Error(`${text ?? 'nothing'} is no time: 90s, 2m, 1h`);
  return Number(number) * UNITS[unit];
}

const NUMBERS = new Set(['message_expiry_interval', 'topic_alias', 'receive_maximum', 'session_expiry_interval', 'topic_alias_maximum', 'maximum_packet_size', 'will_delay_interval', 'payload_format_indicator', 'subscription_identifier']);

/** A property: `-D publish content-type text/plain`. */
function property(to, take) {
  const kind = take();
  const name = take().replaceAll('-', '_');
  const into = to[kind] ??= {};
  if (name === 'user_property') (into.user_property ??= []).push({ name: take(), value: take() });
  else into[name] = NUMBERS.has(name) ? Number(take()) : take();
}

function flagsOf(words) {
  const said = { filters: [], qos: 0, properties: {} };
  const will = {};
  const rest = [...words];
  const take = () => { if (!rest.length) throw new Error('a flag lacks its value'); return rest.shift(); };
  while (rest.length) {
    const flag = rest.shift();
    if (flag === '-i' || flag === '--id') said.client = take();
    else if (flag === '-t' || flag === '--topic') said.filters.push(take());
    else if (flag === '-m' || flag === '--message') said.payload = take();
    else if (flag === '-n') said.payload = '';
    else if (flag === '-q' || flag === '--qos') said.qos = qosOf(flag, take());
    else if (flag === '-r' || flag === '--retain') said.retain = true;
    else if (flag === '-c') said.stays = true;
    else if (flag === '-x') said.expiry = whole(flag, take());
    else if (flag === '-k') said.keep_alive = whole(flag, take());
    else if (flag === '-V') said.version = take() === '5' ? '5.0' : '3.1.1';
    else if (flag === '-C') said.until = whole(flag, take(), 1);
    else if (flag === '-E') said.leaves = true;
    else if (flag === '--repeat') said.times = whole(flag, take(), 1);
    else if (flag === '--with') { if (take() !== 'mqtt.js') throw new Error('--with knows mqtt.js'); said.ofLibrary = true; }
    else if (flag === '-M') take();
    else if (flag === '-D' || flag === '--property') property(said.properties, take);
    else if (flag.startsWith('--will-')) will[flag.slice(7)] = flag === '--will-retain' ? true : take();
    else if (flag === '-v' || flag === '--verbose' || flag === '-d') continue;
    else if (['-h', '-p', '-F', '-W'].includes(flag)) take();
    else if (!flag.startsWith('-')) throw new Error(`no flag stands before “${flag}”: -i is for a name, -t for a topic`);
    else throw new Error(`${flag} needs a real broker, or is no flag`);
  }
  if (will.topic !== undefined) said.will = { topic: nameOf(will.topic), payload: will.payload ?? '', qos: qosOf('--will-qos', will.qos ?? '0'), retain: will.retain === true };
  if (said.properties.connect || said.properties.publish || said.expiry) said.version ??= '5.0';
  return said;
}

function connectOf(said) {
  const connect = { version: said.version ?? '3.1.1', clean_start: !said.stays, ...(said.ofLibrary ? { ofLibrary: true } : {}) };
  if (said.keep_alive !== undefined) connect.keep_alive = said.keep_alive;
  if (said.will) connect.will = said.will;
  const properties = { ...said.properties.connect };
  if (said.expiry !== undefined) properties.session_expiry_interval = said.expiry;
  else if (said.stays && said.version === '5.0') properties.session_expiry_interval = 3600;
  if (Object.keys(properties).length) connect.properties = properties;
  return connect;
}

let unnamed = 0;

/** Does what a line says, with these visitors. */
export async function run(line, visitors) {
  const [program, ...words] = wordsOf(line.trim());
  if (program === 'broker' && words[0] === 'ctl' && words[1] === 'clock') {
    const path = `clock/${words[2]}`;
    return visitors.act({ action: 'request', method: 'POST', path, body: words[2] === 'advance' ? { secs: secs(words[3]) } : undefined });
  }
  const ends = { disconnect: 'disconnect', kill: 'vanish' }[program];
  if (ends) {
    if (!visitors.staying(words.at(-1))) throw new Error(`no client ${words.at(-1) ?? ''} is there`);
    return visitors.act({ action: ends, client: words.at(-1) });
  }
  if (program !== 'publisher' && program !== 'subscriber') throw new Error('expected publisher …, subscriber …, kill CLIENT, disconnect CLIENT, or broker ctl clock …');
  const said = flagsOf(words);
  const client = said.client ?? `page-${++unnamed}`;
  if (!said.filters.length) throw new Error('-t says the topic');
  if (program === 'publisher') {
    if (said.payload === undefined) throw new Error('-m says the payload, -n an empty one');
    const { payload, qos, retain, version, properties } = said;
    return visitors.publish(client, { topic: nameOf(said.filters[0]), payload, qos, retain, version, properties: properties.publish }, connectOf(said), said.times);
  }
  said.filters.forEach(filterOf);
  const one = await visitors.connect(client, { ...connectOf(said), until: said.until });
  for (const topic_filter of said.filters) await one.subscribe({ topic_filter, qos: said.qos, properties: said.properties.subscribe });
  if (said.leaves) one.disconnect();
  return undefined;
}
