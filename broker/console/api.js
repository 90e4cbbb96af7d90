// The control API, as the page asks it.

import { request } from './road.js';

export class Problem extends Error {
  constructor(status, detail, body = {}) {
    super(detail);
    this.status = status;
    /** All that the broker said, for those who want more than the sentence. */
    this.body = body;
  }
}

const KEY = 'citronella-token';
let waiting = null;
/** Called where a token is needed, with whether one was sent that is wrong; gives a promise of it. */
let askForToken = () => Promise.reject(new Problem(401, 'a token is needed'));
export const onToken = ask => { askForToken = ask; };

/** Sends a request, and asks for the token where one is needed. The answer is good, or this throws a `Problem`. */
export async function send(method, path, options = {}) {
  for (;;) {
    const token = sessionStorage.getItem(KEY);
    const answer = await request(method, path, { ...options, token });
    if (answer.ok) return answer;
    if (answer.status === 401) {
      waiting ??= askForToken(Boolean(token)).then(given => sessionStorage.setItem(KEY, given)).finally(() => { waiting = null; });
      await waiting;
      continue;
    }
    const problem = await answer.json().catch(() => ({}));
    throw new Problem(answer.status, problem.detail || problem.title || `${answer.status} ${answer.statusText}`, problem);
  }
}

export const get = async path => (await send('GET', path)).json();
export const post = async (path, body) => (await send('POST', path, { body })).json();
export const put = async (path, body) => (await send('PUT', path, { body })).json();
export const remove = async path => (await send('DELETE', path)).json();
export const place = name => encodeURIComponent(name);

/** All of a list that comes in pages, up to `most`. */
export async function all(path, key, most = 5000) {
  const found = [];
  let after = null;
  do {
    const page = await get(`${path}${path.includes('?') ? '&' : '?'}limit=1000${after === null ? '' : `&after=${place(after)}`}`);
    found.push(...page[key]);
    after = page.meta.next;
  } while (after !== null && found.length < most);
  return found;
}
