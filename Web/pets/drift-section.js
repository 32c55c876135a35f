/** Whether today's answers still look like those of before, in plain words with the figures behind them. */
import { h, icon } from '../shared/dom.js';
import { formatNumber, formatShare, parseServerDate } from '../shared/formats.js';
import { language, t } from '../shared/i18n.js';

const signs = { stable: 'check', moderate: 'eye', major: 'alert', not_enough_data: 'eye' };

function verdict(name) {
    const known = name in signs ? name : 'not_enough_data';
    const look = `drift-verdict is-${known.replaceAll('_', '-')}`;
    return h('span', { class: look }, icon(signs[known]), t(`drift.${known}`));
}

function days({ from, to }) {
    const format = new Intl.DateTimeFormat(language(), { day: 'numeric', month: 'short' });
    return format.formatRange(parseServerDate(from), parseServerDate(to));
}

/** A probability behind its sign; one too small to write is not nothing. */
function chance(value) {
    return value < 0.001 ? `< ${formatNumber(0.001, 3)}` : `= ${formatNumber(value, 3)}`;
}

function bar(value) {
    return h('meter', { min: 0, max: 1, value, 'aria-hidden': 'true' });
}

/** A share then and now; a dash where there was nothing to take a share of. */
function row(name, before, now) {
    const shown = (value) => h('span', { class: 'drift-share' }, formatShare(value), bar(value));
    const cell = (value) => h('td', {}, value === null ? '–' : shown(value));
    return h('tr', {}, h('th', { scope: 'row' }, name), cell(before), cell(now));
}

function table(caption, rows) {
    return h(
        'table',
        { class: 'drift-table' },
        h('caption', { class: 'visually-hidden' }, caption),
        h('thead', {}, h('tr', {},
            h('td', {}), h('th', { scope: 'col' }, t('drift.before')), h('th', { scope: 'col' }, t('drift.now')))),
        h('tbody', {}, rows),
    );
}

function classRows(before, now) {
    const labels = [...new Set([...before.classes, ...now.classes].map(({ label }) => label))];
    const share = ({ answered, classes }, label) =>
        (answered === 0 ? null : (classes.find((item) => item.label === label)?.count ?? 0) / answered);
    return labels.map((label) => row(t(`animal.${label}`), share(before, label), share(now, label)));
}

/** What a verdict means; where there is too little to judge by, how much there is. */
function meaning(measure, name, drift) {
    return name === 'not_enough_data'
        ? t('drift.tooFew', {
            least: formatNumber(drift.least_answers),
            before: formatNumber(drift.before.answered),
            now: formatNumber(drift.now.answered),
        })
        : t(`drift.${measure}.${name}`);
}

function part(title, measure, name, drift, content, statistic) {
    return h(
        'section',
        { class: 'drift-part', 'aria-label': title },
        h('div', { class: 'drift-head' }, h('h4', {}, title), verdict(name)),
        h('p', {}, meaning(measure, name, drift)),
        content,
        statistic === null ? '' : h('p', { class: 'hint' }, statistic),
    );
}

/**
 * @param {object} drift as the report tells it
 * @param {{ from: string, to: string }} window the time it is about
 * @param {number} versions how many versions answered in that time
 */
export function driftSection(drift, window, versions) {
    const { before, now, classes, confidence, reference } = drift;
    const title = t('drift.classes');
    const index = classes.stability_index;
    const distance = confidence.distance;
    const isEmpty = before.answered + now.answered === 0;
    return h(
        'section',
        { class: 'drift', 'aria-labelledby': 'drift-title' },
        h('h3', { id: 'drift-title' }, t('drift.title')),
        h('p', { class: 'hint' }, t('drift.periods', { now: days(window), before: days(reference) })),
        versions > 1 ? h('p', { class: 'hint' }, t('drift.severalModels', { count: formatNumber(versions) })) : '',
        h(
            'div',
            { class: 'drift-parts' },
            part(title, 'classes', classes.verdict, drift, isEmpty ? '' : table(title, classRows(before, now)),
                index === null ? null : t('drift.index', { value: formatNumber(index, 3) })),
            part(t('drift.confidence'), 'confidence', confidence.verdict, drift,
                isEmpty ? '' : table(t('drift.confidence'),
                    [row(t('drift.mean'), before.mean_confidence, now.mean_confidence)]),
                distance === null ? null : t('drift.distance', {
                    value: formatNumber(distance, 3), chance: chance(confidence.p_value),
                })),
        ),
    );
}
