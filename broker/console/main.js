// The console: everything is put together here, and drawn once a frame.

import { $, copy, count, h, isPhone, say, toast } from './dom.js';
import { Lag } from './lag.js';
import { get, onToken } from './api.js';
import { bodyOf } from './describe.js';
import { Store } from './store.js';
import { People } from './people.js';
import { Exchanges } from './exchanges.js';
import { Ingest } from './ingest.js';
import { Filter } from './filter.js';
import { exact } from './query.js';
import { View } from './view.js';
import { Lanes } from './lanes.js';
import { Ladder } from './ladder.js';
import { Legend } from './legend.js';
import { Inspector } from './inspector.js';
import { Births } from './sparkplug.js';
import { Schemas } from './schemas.js';
import { Clients } from './clients.js';
import { Topics } from './topics.js';
import { Timeline } from './timeline.js';
import { Clock } from './clock.js';
import { Bench } from './bench.js';
import { bring } from './swap.js';
import { Stream } from './stream.js';
import { Replay } from './replay.js';
import { Spoken } from './spoken.js';
import { EVENT, KIND, familyOf } from './kinds.js';
import { BIT } from './store.js';
import { Menus } from './menus.js';
import { Steer } from './steer.js';
import { Workshop } from './workshop.js';
import { here } from './road.js';
import { keys, tabs, theme } from './keys.js';
import { start } from './start.js';

/** So often the ladder is drawn while it shows a sample. */
const SAMPLE_MS = 100;
const OF_CLIENTS = new Set(['connected', 'disconnected', 'subscribed', 'unsubscribed', 'session_ended', 'refused']);

const store = new Store();
const people = new People(store);
const exchanges = new Exchanges(store);
const filter = new Filter(store, people, exchanges);
const view = new View(store, filter);
const clock = new Clock();
const now = () => clock.now();
const lag = new Lag();
const clients = new Clients({ people, now, ask: name => legend.ask(exact('client', name)), steer: name => steer.open(name) });
const steer = new Steer(clients);
const topics = new Topics({ now, ask: name => { if (legend.ask(exact('topic', name))) { inspector.showTopic(name); document.body.classList.add('sheet'); } else inspector.show(ladder.selected); } });
const lanes = new Lanes(people, one => legend.ask(exact('client', one.name)), name => filter.asks(name));
const timeline = new Timeline({ store, view, now });
const ladder = new Ladder({ store, people, exchanges, filter, view, lanes }, {
  select: (n, how) => {
    replay.stop();
    inspector.show(n);
    if (how && (how === 'click' || !isPhone())) document.body.classList.add('sheet');
  },
  live: is => { if (is) replay.stop(); follow(is); },
});
const subscriptions = name => clients.subscriptions(name);
const births = new Births();
const schemas = new Schemas(localStorage);
const inspector = new Inspector({ store, people, exchanges, clients, topics, subscriptions, now, births, schemas }, {
  select: n => show(n),
  hover: n => ladder.hover(n),
  close: () => document.body.classList.remove('sheet'),
});
const legend = new Legend(filter, refilter);
const workshop = new Workshop(clients, () => { bench.loadFaults(); clients.refresh(); });
const bench = new Bench({ clients, open: part => workshop.open(part), on: { last: () => stream.last, select: seq => show(store.find(seq)) } });
const spoken = new Spoken({ store, people, now });
const ingest = new Ingest(store, people, exchanges, seen, noted);
const replay = new Replay({ store, view, ladder }, n => inspector.show(n));
const menus = new Menus(() => inspector.entry);
let dropped = 0;

/** A link to an entry: `#42`. */
function link() {
  const seq = Number(location.hash.slice(1));
  if (!seq) return;
  const n = store.find(seq);
  if (store.has(n) && store.seq(n) === seq) show(n);
  else toast(`There is no entry #${seq} here${store.size ? `: the page has #${Math.ceil(store.seq(store.first))} to #${Math.floor(store.seq(store.next - 1))}` : ''}`);
}

/** Selects a row and scrolls to it. */
function show(n) {
  ladder.select(n, 'step');
  ladder.reveal(n);
}

const isRefused = entry => entry.decisions?.some(one => one.decision === 'refused');

/** An entry has come. */
function seen(entry, n) {
  if (entry.event && OF_CLIENTS.has(entry.event)) clients.refresh();
  else if (entry.packet === 'PUBLISH' && entry.direction === 'in' && !entry.dup && entry.topic_name && entry.side !== 'client' && !isRefused(entry)) {
    topics.message(entry);
    births.message(entry.topic_name, () => bodyOf(entry));
  } else if (entry.event === 'will_published') topics.will(entry);
  else if (entry.event === 'stub_answered') topics.refresh();
  else if (n >= 0 && exchanges.isOfBroker(n)) topics.own(entry);
  if (entry.event === 'fault') bench.loadFaults();
  if (entry.event === 'reset' || entry.event === 'restored') reset();
  if (entry.event === 'clock' || entry.event === 'reset') clock.load().catch(() => {});
  if (n < 0) return;
  const one = people.get(store.client(n));
  if (one && !one.side) clients.settle(one);
  noted(n);
  if (store.kind(n) === EVENT.dropped) dropped++;
}

/** Nothing of before is true any more. */
function reset() {
  births.clear();
  clients.refresh();
  topics.reset();
  bench.loadFaults();
}

/** There is a row more. */
function noted(n) {
  timeline.add(n);
  if (store.is(n, BIT.TROUBLE)) spoken.trouble(n);
}

function refilter() {
  view.rebuild();
  // The row that was pointed at may be another, or none.
  ladder.hover(-1);
  ladder.layout();
  ladder.isDirty = true;
  if (ladder.selected >= 0) ladder.reveal(ladder.selected);
}

function follow(is) {
  // What was left out of the sample is shown now; and the sample begins anew.
  if (!is && view.isSample) {
    const last = view.length ? view.at(view.length - 1) : -1;
    view.rebuild();
    if (last >= 0) ladder.reveal(last);
  }
  if (is) ladder.isDirty = true;
  tail();
}

function tail() {
  const button = $('#live');
  button.setAttribute('aria-pressed', String(ladder.isLive));
  const { newer } = ladder;
  say($('#live span'), ladder.isLive ? lag.said() : newer ? `${newer.toLocaleString('en')} newer` : 'Paused');
  button.title = ladder.isLive ? 'Pause' : 'Paused; press to follow';
}

function tally() {
  const rows = store.next - ladder.began;
  $('#tally').replaceChildren(rows || dropped ? `${count(rows, 'row')}, ` : 'no client yet', rows ? (dropped ? h('b', {}, `${dropped} dropped`) : '0 dropped') : '');
}

let drawn = -1;
let changes = -1;
let isStale = false;
/** The address names an entry that has not been shown yet. */
let isLinked = /^#\d+$/.test(location.hash);
let rowsBefore = 0;
let ladderDrawn = 0;
/** Once a frame: takes in what came, and draws what has changed. */
function frame(time) {
  requestAnimationFrame(frame);
  filter.pace(store.next - rowsBefore, time, store.size ? store.at(store.next - 1) : 0);
  // It is calm again: all can be shown.
  if (filter.every === 1 && view.isSample && ladder.isLive) {
    view.rebuild();
    ladder.isDirty = true;
  }
  rowsBefore = store.next;
  if (store.next !== drawn || ingest.shown.length) {
    drawn = store.next;
    ladder.shift(view.extend(ladder.isLive));
    for (const n of ingest.shown.splice(0)) {
      view.insert(n);
      timeline.trouble(n);
      spoken.trouble(n);
    }
    ladder.isDirty = true;
    isStale = true;
    if (document.body.classList.contains('empty') && store.size) begin();
    if (isLinked && store.size && store.seq(store.next - 1) >= Number(location.hash.slice(1))) { isLinked = false; link(); }
  }
  if (people.changes !== changes) {
    changes = people.changes;
    ladder.layout();
  }
  replay.tick(time);
  if (!ladder.isDirty) return;
  // A sample runs past too fast to be read: drawing all of its frames would only hold up what comes.
  if (filter.every > 1 && ladder.isLive && time - ladderDrawn < SAMPLE_MS) return;
  ladderDrawn = time;
  ladder.draw();
  isStale = true;
}

/** Four times a second: what need not be drawn with each frame. */
function rest() {
  clock.draw();
  clients.tick();
  topics.draw();
  if (isStale || !clock.isFrozen) timeline.draw(ladder);
  if (lag.isBehind) tail();
  if (!isStale) return;
  isStale = false;
  inspector.refresh();
  tail();
  tally();
  exchanges.forget();
}

function begin() {
  document.body.classList.remove('empty');
  $('#start').hidden = true;
  changes = -1;
}

function clear() {
  store.clear();
  replay.stop();
  for (const part of [people, exchanges, ingest, lanes, topics, timeline, view, births]) part.clear();
  ladder.began = store.first;
  ladder.select(-1);
  dropped = 0;
  changes = -1;
}

/** Both sides of a first message, from the page itself. */
async function both() {
  await bench.listener.subscribe('test/#');
  bench.filters.add('test/#');
  bench.showFilters();
  await bench.publish();
}

onToken(isWrong => new Promise(done => {
  const dialog = $('#token');
  const field = h('input', { class: 'mono grow', type: 'password', 'aria-label': 'Token', autocomplete: 'off' });
  const form = h('form', { class: 'line', method: 'dialog' }, field, h('button', { class: 'btn strong' }, 'Show'));
  form.addEventListener('submit', () => done(field.value.trim()));
  dialog.addEventListener('cancel', event => event.preventDefault());
  dialog.replaceChildren(h('h2', { id: 'h-token' }, 'A token is needed'), h('p', {}, 'The broker shows what happens to those who know the token in the file of its setting http.token_file.'),
    isWrong ? h('p', { class: 'wrong', role: 'alert' }, 'That was not the token.') : '', form);
  if (!dialog.open) dialog.showModal();
}));

const stream = new Stream({
  entry: entry => { lag.hear(clock.now() - entry.at_secs); ingest.entry(entry); },
  missed: entries => { store.missed += entries; ingest.missed(entries, store.size ? 0 : stream.at); ladder.missedAt = performance.now(); clients.refresh(); },
  anew: clear,
  state: (word, why) => {
    const away = $('#away');
    away.hidden = word !== 'away';
    say(away, word === 'away' ? `no answer from the broker: ${why}` : '');
    if (word !== 'live') return;
    clients.refresh();
    topics.load();
    bench.loadFaults();
  },
});

say($('#address'), here.mqtt);
$('#address').addEventListener('click', () => copy(here.mqtt));
$('#work').addEventListener('click', () => workshop.open('stubs'));
$('#live').addEventListener('click', () => ladder.setLive(!ladder.isLive));
timeline.onTime = at => {
  ladder.setLive(false);
  let i = 0;
  for (let high = view.length; i < high;) { const middle = (i + high) >> 1; if (store.at(view.at(middle)) < at) i = middle + 1; else high = middle; }
  ladder.reveal(view.at(Math.min(i, view.length - 1)));
};
clients.onChange = () => { bench.showReach(); bench.loadFaults(); };

theme(() => { ladder.isDirty = true; timeline.draw(ladder); });
const showTab = tabs(() => { changes = -1; ladder.isDirty = true; });
const within = n => store.exchange(ladder.selected) && store.exchange(n) === store.exchange(ladder.selected);
keys({
  step: by => ladder.step(by),
  inExchange: by => { if (store.has(ladder.selected)) ladder.step(by, within); },
  trouble: by => ladder.step(by, n => store.is(n, BIT.TROUBLE)),
  end: way => { ladder.selected = -1; ladder.step(-way); },
  read: () => { document.body.classList.add('sheet'); $('#inspect').focus(); },
  live: () => ladder.setLive(!ladder.isLive),
  replay: () => replay.toggle(),
  pace: by => replay.change(by),
  copy: () => menus.toggle('#copying'),
  freeze: () => clock.toggle(),
  work: () => workshop.open('stubs'),
  family: i => legend.toggle(i),
  bench: tool => { if (isPhone()) showTab('bench'); if (tool) bring(tool); },
  back: () => { replay.stop(); menus.close(); document.activeElement?.blur(); document.body.classList.remove('sheet'); },
});
addEventListener('hashchange', link);
addEventListener('resize', () => { changes = -1; });
new ResizeObserver(() => { changes = -1; timeline.draw(ladder); }).observe($('#scrub'));

document.body.classList.add('empty');
$('#start').hidden = false;
ladder.began = 0;
start(() => both());
setInterval(rest, 250);
setInterval(() => { if (!document.hidden) clients.refresh(); }, 8000);
setInterval(() => { if (lanes.weigh() && ladder.isLive) people.changes++; }, 5000);
setInterval(() => { if (!document.hidden) { clock.load().catch(() => {}); } }, 2000);
clock.load().catch(() => {});
get('info').then(info => { document.title = `${here.name} · Citronella`; $('#address').title = `${info.name} ${info.version}, ${info.engine}; press to copy`; }).catch(() => {});
stream.run();
requestAnimationFrame(frame);

/** For those who look into the page: tests, and people in the browser's console. */
globalThis.citronella = { store, people, exchanges, filter, view, ladder, clients, topics, timeline, stream, clock, replay, KIND, familyOf };
