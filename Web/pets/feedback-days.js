/** Feedback per day in charts, from the figures that the replaced backend told too. */
import { call } from '../shared/api.js';
import { drawChart, releaseCharts } from '../shared/charts.js';
import { h, notice } from '../shared/dom.js';
import { formatDay, formatMilliseconds, formatNumber, formatShare } from '../shared/formats.js';
import { t } from '../shared/i18n.js';
import { LoadedView } from '../shared/loaded-view.js';
import { reasonOf } from './reasons.js';

const milliseconds = (value) => (value === null ? '–' : formatMilliseconds(value));
const whole = (value) => (Number.isInteger(value) ? formatNumber(value) : '');
const share = (value) => (value === null ? '–' : formatShare(value, 0));

function chartCard(title, chart, headings, rows) {
    const canvas = h('canvas', { role: 'img', 'aria-label': title });
    const frame = h('div', { class: 'chart' }, canvas);
    queueMicrotask(() => {
        drawChart(canvas, chart).catch(() => frame.replaceChildren(notice('info', t('info.noCharts'))));
    });
    const head = h('tr', {}, headings.map((text) => h('th', { scope: 'col' }, text)));
    const body = rows.map(([first, ...cells]) =>
        h('tr', {}, h('th', { scope: 'row' }, first), cells.map((cell) => h('td', {}, cell))),
    );
    return h(
        'section',
        { class: 'card', 'aria-label': title },
        h('h2', {}, title),
        frame,
        h(
            'details',
            {},
            h('summary', {}, t('info.asTable')),
            h('div', { class: 'scroll' }, h('table', {}, h('thead', {}, head), h('tbody', {}, body))),
        ),
    );
}

/** Feedback per day, as the charts take it: the oldest day first. */
export class FeedbackDays extends LoadedView {
    async fetchData(signal) {
        const days = await call('GET', 'api/metrics/daily', { signal });
        return days.reverse();
    }

    content(days) {
        queueMicrotask(releaseCharts);
        if (days.length === 0) {
            return [h('p', { class: 'empty card' }, t('info.empty'))];
        }
        const labels = days.map(({ day }) => formatDay(day));
        const rate = ({ feedback_pos: good, feedback_neg: bad }) => (good + bad > 0 ? good / (good + bad) : null);
        const rates = days.map(rate);
        const percentiles = ['p50', 'p90', 'p99'].map((name) => ({
            type: 'line',
            label: name,
            values: days.map((day) => day[`inf_latency_${name}_ms`]),
        }));
        return [
            h(
                'div',
                { class: 'charts' },
                chartCard(
                    t('info.latency'),
                    {
                        labels,
                        series: percentiles,
                        formats: [milliseconds, milliseconds, milliseconds],
                        title: t('info.latency'),
                    },
                    [t('info.day'), 'p50', 'p90', 'p99'],
                    days.map((day, index) => [labels[index], ...percentiles.map(({ values }) => milliseconds(values[index]))]),
                ),
                chartCard(
                    t('info.volume'),
                    {
                        labels,
                        series: [
                            { type: 'bar', label: t('info.judged'), values: days.map((day) => day.inf_count) },
                            { type: 'line', label: t('info.agreement'), values: rates, onRight: true },
                        ],
                        formats: [whole, share],
                    },
                    [t('info.day'), t('info.judged'), t('info.agreement')],
                    days.map((day, index) => [labels[index], formatNumber(day.inf_count), share(rates[index])]),
                ),
            ),
        ];
    }

    explain(error) {
        return reasonOf(error);
    }
}
