// Where there is no room for all tools of the bench side by side, some share a place: each has buttons that lead to the others.

import { h } from './dom.js';

const TOOLS = [['subscribe', 'Subscribe'], ['expect', 'Expect'], ['faults', 'Faults']];

/** Brings this tool into sight, where another stands in its place. */
export function bring(tool) { document.body.dataset.tool = tool; }

/** The buttons in the heading of a tool. Which of them are seen, the width of the window decides. */
export const swaps = own => h('span', { class: 'swaps' }, TOOLS.filter(([tool]) => tool !== own).map(([tool, name]) =>
  h('button', { class: 'link', type: 'button', 'data-tool': tool, on: { click: () => bring(tool) } }, name)));
