// The page with its broker: what stands beside the console.

import { $, h } from '../console/dom.js';
import { Lessons } from './lessons.js';
import { unpacked } from './machine.js';
import { Visitors } from './visitors.js';
import { WayView } from './way.js';
import { connections, travel, watchers } from './world.js';

const visitors = new Visitors();
const way = new WayView();
const { lessons: all, has_library: hasLibrary } = await (await unpacked('lessons.bin')).json();
visitors.hasLibrary = hasLibrary;
// Once the page is there, it asks for nothing more.
if (hasLibrary) await import('./mqtt.esm.js');
const lessons = new Lessons(all, visitors);

watchers.add(() => globalThis.citronella?.clock.load());

// On a phone the course is one of the views.
$('#tabs').append(h('button', { 'aria-pressed': 'false', 'data-view': 'lesson' }, 'Course'));

/** For those who look into the page. */
globalThis.tab = { visitors, way, lessons, travel, connections };
