// How the page reaches its broker. This is the only module that knows: a page that has its broker in the tab has another one here.

const isSecure = location.protocol === 'https:';

/** Where the broker is, for texts and links. `inTab`: it runs in this page, and no program can reach it. */
export const here = {
  host: location.hostname,
  port: Number(location.port) || (isSecure ? 443 : 80),
  name: location.host,
  url: location.origin,
  mqtt: `${isSecure ? 'mqtts' : 'mqtt'}://${location.host}`,
  inTab: false,
};

/**
 * Asks the control API at a path below `/api/v1/`: a promise of a `Response`. A part that the broker lacks answers 501. A `body` that is a
 * `Blob` is sent as it is, as JSON lines; any other as JSON.
 */
export function request(method, path, { body, signal, accept = 'application/json', token } = {}) {
  const headers = { Accept: accept };
  if (token) headers.Authorization = `Bearer ${token}`;
  const isFile = body instanceof Blob;
  if (body !== undefined) headers['Content-Type'] = isFile ? 'application/x-ndjson' : 'application/json';
  return fetch(`/api/v1/${path}`, { method, signal, cache: 'no-store', headers, body: body === undefined || isFile ? body : JSON.stringify(body) });
}

/** A connection of MQTT, for the client of this name: a `WebSocket`, or what acts as one. */
export function socket(_name) {
  return new WebSocket(`${isSecure ? 'wss' : 'ws'}://${location.host}/mqtt`, 'mqtt');
}
