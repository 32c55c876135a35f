/** A row of choices of which one is taken: radio buttons, so arrow keys and screen readers work as everywhere. */
import { h } from './dom.js';

let groups = 0;

/**
 * @param {{ legend: string, options: { value: string, label: string, content?: Node }[], selected: string,
 *     onSelect: (value: string) => void }} choice `content` is shown in place of the label, which then names it
 */
export function segmented({ legend, options, selected, onSelect }) {
    groups += 1;
    const name = `choice-${groups}`;
    const items = options.map(({ value, label, content }) => {
        const input = h('input', {
            type: 'radio', name, value, checked: value === selected, onchange: () => onSelect(value),
        });
        const face = content === undefined
            ? h('span', {}, label)
            : h('span', {}, content, h('span', { class: 'visually-hidden' }, label));
        return h('label', { title: content === undefined ? null : label }, input, face);
    });
    return h('fieldset', { class: 'segmented' }, h('legend', { class: 'visually-hidden' }, legend), items);
}
