// The page with its broker: what stands beside the console.

import { $, h } from '../console/dom.js';
import { Lessons } from './lessons.js';
import { newest, unpacked } from './machine.js';
import { Visitors } from './visitors.js';
import { WayView } from './way.js';
import { connections, travel, watchers } from './world.js';

const visitors = new Visitors();
const way = new WayView();
const { lessons: all, has_library: hasLibrary } = await (await unpacked('lessons.bin')).json();
visitors.hasLibrary = hasLibrary;
// Once the page is there, it asks for nothing more.
if (hasLibrary) await import('./mqtt.esm.js');

/** A lesson begins with an empty page: what was before it is not shown, nor what of it is still read. */
const { stream, clock, ladder } = globalThis.citronella;
const { entry } = stream.to;
let since = 0;
stream.to.entry = said => { if (said.seq > since) entry(said); };
function anew() {
  since = newest();
  stream.to.anew();
  document.body.classList.remove('sheet');
  document.body.classList.add('empty');
  $('#start').hidden = false;
  clock.load();
  ladder.setLive(true);
  // What the broker has now is asked for.
  stream.to.state('live');
}
const lessons = new Lessons(all, visitors, anew);

watchers.add(() => clock.load());

// On a phone the course is one of the views.
$('#tabs').append(h('button', { 'aria-pressed': 'false', 'data-view': 'lesson' }, 'Course'));

/** For those who look into the page. */
new ResizeObserver(() => dispatchEvent(new Event('resize'))).observe($('.ladder'));

globalThis.tab = { visitors, way, lessons, travel, connections };
