// The page with its broker: what stands beside the console.

import { $, h } from '../console/dom.js';
import { Lessons } from './lessons.js';
import { Visitors } from './visitors.js';
import { WayView } from './way.js';
import { connections, travel } from './world.js';

const visitors = new Visitors();
const way = new WayView();
const all = await (await fetch(new URL('../lessons.json', import.meta.url))).json();
const lessons = new Lessons(all, visitors);

// On a phone the course is one of the views.
$('#tabs').append(h('button', { 'aria-pressed': 'false', 'data-view': 'lesson' }, 'Course'));

/** For those who look into the page. */
globalThis.tab = { visitors, way, lessons, travel, connections };
