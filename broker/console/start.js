// What is seen before anybody has come: what a broker does, drawn, and what to type.

import { here } from './road.js';
import { $, copy, g, h, isPhone } from './dom.js';

const text = (x, y, said, more) => g('text', { x, y, 'font-size': 12, fill: 'var(--ink-2)', 'text-anchor': 'middle', 'font-family': 'inherit', ...more }, said);
function arrow(from, to, y, colour, dash) {
  const way = Math.sign(to - from);
  return [g('path', { d: `M${from} ${y}H${to - way * 8}`, stroke: colour, 'stroke-width': 2, 'stroke-dasharray': dash }), g('path', { d: `M${to} ${y}l${-way * 9} -5v10z`, fill: colour })];
}

function sketch(host) {
  const small = isPhone();
  const width = small ? 380 : 760;
  const left = small ? 44 : 110;
  const middle = width / 2;
  const right = width - left;
  const [said, asked] = ['var(--f-publish)', 'var(--f-sub)'];
  const life = ([x, name, role]) => [text(x, 14, name, { 'font-weight': 600, fill: 'var(--ink)' }), text(x, 30, role, { 'font-size': 11 }), g('path', { d: `M${x} 40V164`, stroke: x === middle ? 'var(--line)' : 'var(--line-2)', 'stroke-width': x === middle ? 6 : 1.25 })];
  const message = small ? 'PUBLISH bar' : 'PUBLISH test/topic  bar';
  return g('svg', { class: 'sketch', viewBox: `0 0 ${width} 168`, role: 'img', 'aria-label': 'foo1 subscribes to test/topic. foo2 publishes bar on test/topic. The broker passes it on to foo1.' },
    [[left, 'foo2', 'publisher'], [middle, 'broker', host], [right, 'foo1', 'subscriber']].map(life),
    arrow(right, middle + 4, 72, asked, '6 3'), text((middle + right) / 2, 64, small ? 'SUBSCRIBE' : 'SUBSCRIBE test/topic', { fill: asked }),
    arrow(left, middle - 4, 108, said), text((left + middle) / 2, 100, message, { fill: said }),
    g('circle', { cx: middle, cy: 108, r: 4, fill: said }), g('path', { d: `M${middle} 108V140`, stroke: said, 'stroke-width': 2 }),
    arrow(middle, right - 4, 140, said), text((middle + right) / 2, 132, message, { fill: said }));
}

/** Shows it; `show` does the two steps from the page. */
export function start(show) {
  const host = here.host.replace(/^\[|\]$/g, '');
  const { port } = here;
  const to = `${host === 'localhost' || host === '127.0.0.1' ? '' : ` -h ${host}`}${port === 1883 ? '' : ` -p ${port}`}`;
  const step = (what, where, command) => h('li', {}, h('p', {}, what, h('small', {}, where)), h('pre', { class: 'mono' }, command), h('button', { class: 'btn', on: { click: () => copy(command) } }, 'Copy'));
  if (here.inTab) {
    $('#start').replaceChildren(h('div', {}, h('h2', {}, 'No client yet.'),
      h('p', { class: 'lead' }, 'A broker runs in this page. A client that subscribes to a topic gets what others publish on it. Once two talk, you see it here, packet by packet:'),
      sketch('in this page'), h('p', { class: 'waiting' }, h('i'), h('span', { class: 'unopened' }, 'Begin with a lesson, type a command, or'), h('span', { class: 'opened' }, 'Do the first step of the lesson, type a command, or'), h('button', { class: 'btn', id: 'both', on: { click: show } }, 'Do both from this page'))));
    return;
  }
  $('#start').replaceChildren(h('div', {},
    h('h2', {}, 'No client yet.'),
    h('p', { class: 'lead' }, `The broker listens on ${host}:${port}. A client that subscribes to a topic gets what others publish on it. Once two programs talk, you see it here, packet by packet:`),
    sketch(`${host}:${port}`),
    h('ol', { class: 'steps3' },
      step('Listen', 'in one terminal', `cargo run -p subscriber --${to} -i foo1 -t 'test/#' -v`),
      step('Say something', 'in another', `cargo run -p publisher --${to} -i foo2 -t test/topic -m bar`),
      step('Or your own program', 'Python with paho-mqtt, for instance', `client.connect("${host}", ${port})`)),
    h('p', { class: 'waiting' }, h('i'), 'Waiting for the first CONNECT. No terminal at hand?', h('button', { class: 'btn', id: 'both', on: { click: show } }, 'Do both from this page'))));
}
