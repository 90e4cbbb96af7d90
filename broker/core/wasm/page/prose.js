// The text of a lesson, which the site has as blocks, as elements. Texts become text nodes.

import { h } from '../console/dom.js';

/** `code`, **strong** and [links](https://…) within a text. */
function spans(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\))/).map(part => {
    if (part.startsWith('`')) return h('code', {}, part.slice(1, -1));
    if (part.startsWith('**')) return h('b', {}, part.slice(2, -2));
    const [, name, to] = part.match(/^\[([^\]]+)\]\(([^)]+)\)$/) ?? [];
    if (!name) return part;
    return to.startsWith('https://') ? h('a', { href: to, rel: 'noreferrer' }, name) : name;
  });
}

const FORMS = {
  spans: ({ text }) => spans(text),
  p: ({ text }) => h('p', {}, spans(text)),
  code: ({ text }) => h('pre', { class: 'mono' }, text),
  list: ({ items }) => h('ul', { class: 'dots' }, items.map(item => h('li', {}, spans(item)))),
  table: ({ rows: [head, ...rows] }) => h('table', { class: 'ltable' }, h('thead', {}, h('tr', {}, head.map(cell => h('th', { scope: 'col' }, spans(cell))))), h('tbody', {}, rows.map(row => h('tr', {}, row.map(cell => h('td', {}, spans(cell))))))),
  answer: ({ blocks: inside }) => h('details', {}, h('summary', {}, 'Answer'), blocks(inside)),
};

export const blocks = all => all.map(block => FORMS[block.kind](block));
