/** Tables: the text form of each chart, and the matrix of what was read for what was true. */
import { h } from '../shared/dom.js';
import { formatNumber } from '../shared/formats.js';
import { t } from '../shared/i18n.js';

/** A plain table; the first column heads its rows. */
export function dataTable(caption, headings, rows) {
    return h(
        'div',
        { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': caption },
        h(
            'table',
            { class: 'data' },
            h('caption', { class: 'visually-hidden' }, caption),
            h('thead', {}, h('tr', {}, headings.map((heading) => h('th', { scope: 'col' }, heading)))),
            h('tbody', {}, rows.map(([first, ...others]) => h(
                'tr', {}, h('th', { scope: 'row' }, first), others.map((cell) => h('td', {}, cell)),
            ))),
        ),
    );
}

/**
 * The confusion matrix as a heat map: a row for each true digit, a column for each digit read.
 *
 * Colour tells the share of the row, so that a rare digit shows its mistakes as clearly as a common one.
 */
export function confusionTable(counts) {
    const digits = counts.map((_, digit) => digit);
    const row = (truth) => {
        const total = counts[truth].reduce((sum, count) => sum + count, 0);
        const cells = counts[truth].map((count, read) => {
            const title = t('confusion.cell', { truth, read, count });
            const kind = read === truth ? 'heat is-right' : 'heat';
            const cell = h('td', { class: kind, title }, count === 0 ? '' : formatNumber(count));
            // A single mistake among many must still be seen: what happened at all starts at a fifth of the colour.
            cell.style.setProperty('--heat', String(count === 0 ? 0 : 0.2 + (0.8 * count) / total));
            return cell;
        });
        return h('tr', {}, h('th', { scope: 'row' }, truth), cells);
    };
    const head = digits.map((digit) => h('th', { scope: 'col' }, digit));
    return h(
        'div',
        { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': t('confusion.title') },
        h(
            'table',
            { class: 'confusion' },
            h('caption', {}, t('confusion.caption')),
            h('thead', {}, h('tr', {}, h('td', {}), head)),
            h('tbody', {}, digits.map(row)),
        ),
    );
}
