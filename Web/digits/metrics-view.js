/** How the model fares: totals, accuracy on corrected drawings, distribution, days, confusion and latency. */
import { call } from '../shared/api.js';
import { h } from '../shared/dom.js';
import { formatDay, formatMilliseconds, formatNumber, formatShare } from '../shared/formats.js';
import { t } from '../shared/i18n.js';
import { drawChart, releaseCharts } from '../shared/charts.js';
import { LoadedView } from '../shared/loaded-view.js';
import { confusionTable, dataTable } from './tables.js';

const none = '–';
const orNone = (value, format) => (value === null || value === undefined ? none : format(value));

/** Chart.js hands its callbacks more arguments than the value; these pass on only that. */
const wholeNumber = (value) => formatNumber(value);
const roundShare = (value) => formatShare(value, 0);
const milliseconds = (value) => formatMilliseconds(value);

function tile(label, value, detail) {
    return h('div', { class: 'tile' },
        h('dt', {}, label), h('dd', {}, value), detail !== undefined && h('dd', { class: 'hint' }, detail));
}

/** A chart with its figures in a table below, which opens by itself when the chart cannot be drawn. */
function chartCard(title, chart, table) {
    const canvas = h('canvas', { role: 'img', 'aria-label': t('metrics.chartLabel', { title }) });
    const frame = h('div', { class: 'chart' }, canvas);
    const details = h('details', { class: 'figures' }, h('summary', {}, t('metrics.figures')), table);
    // The canvas must be on the page, with its size, before it is drawn on.
    requestAnimationFrame(() => {
        drawChart(canvas, chart).catch(() => {
            frame.remove();
            details.open = true;
        });
    });
    return h('section', { class: 'card', 'aria-label': title }, h('h3', {}, title), frame, details);
}

export class MetricsView extends LoadedView {
    async fetchData(signal) {
        const [summary, overview] = await Promise.all([
            call('GET', 'api/v1/metrics/summary', { signal }),
            call('GET', 'api/v1/metrics/overview', { signal }),
        ]);
        const daily = [...summary.daily].sort((a, b) => a.day.localeCompare(b.day));
        return { summary: { ...summary, daily }, distribution: overview.predicted_distribution };
    }

    content({ summary, distribution }) {
        // Runs once the old charts have left the page.
        queueMicrotask(releaseCharts);
        if (summary.total === 0) {
            return [h('p', { class: 'empty card' }, t('metrics.empty'))];
        }
        return [
            this.#tiles(summary),
            h(
                'div',
                { class: 'charts' },
                this.#distribution(distribution),
                this.#confusion(summary),
                this.#activity(summary.daily),
                this.#latency(summary.daily),
            ),
        ];
    }

    #tiles({ total, annotated, correct, accuracy, latency_ms: latency }) {
        const counts = { correct: formatNumber(correct), annotated: formatNumber(annotated) };
        const checkedShare = t('metrics.annotatedDetail', { share: formatShare(annotated / total) });
        const checked = accuracy === null ? t('metrics.noTruth') : t('metrics.accuracyDetail', counts);
        return h(
            'dl',
            { class: 'tiles' },
            tile(t('metrics.total'), formatNumber(total)),
            tile(t('metrics.annotated'), formatNumber(annotated), checkedShare),
            tile(t('metrics.accuracy'), orNone(accuracy, (share) => formatShare(share)), checked),
            tile(
                t('metrics.latency'),
                orNone(latency.p50, formatMilliseconds),
                t('metrics.latencyDetail', {
                    p95: orNone(latency.p95, formatMilliseconds),
                    p99: orNone(latency.p99, formatMilliseconds),
                }),
            ),
        );
    }

    #distribution(distribution) {
        const counts = Array(10).fill(0);
        for (const { digit, count } of distribution) {
            counts[digit] = count;
        }
        const title = t('metrics.distribution');
        const label = t('metrics.readings');
        return chartCard(
            title,
            {
                labels: counts.map((_, digit) => String(digit)),
                series: [{ type: 'bar', label, values: counts }],
                formats: [wholeNumber],
            },
            dataTable(title, [t('metrics.digit'), label], counts.map((count, digit) => [digit, formatNumber(count)])),
        );
    }

    #activity(daily) {
        const title = t('metrics.activity');
        const readings = t('metrics.readings');
        const confidence = t('metrics.confidence');
        return chartCard(
            title,
            {
                labels: daily.map(({ day }) => formatDay(day)),
                series: [
                    { type: 'bar', label: readings, values: daily.map(({ count }) => count) },
                    { type: 'line', label: confidence, values: daily.map((day) => day.mean_proba), onRight: true },
                ],
                formats: [wholeNumber, roundShare],
            },
            dataTable(title, [t('metrics.day'), readings, confidence], daily.map((day) => [
                formatDay(day.day), formatNumber(day.count), orNone(day.mean_proba, (share) => formatShare(share)),
            ])),
        );
    }

    #latency(daily) {
        const title = t('metrics.latencyByDay');
        const label = t('metrics.meanLatency');
        return chartCard(
            title,
            {
                labels: daily.map(({ day }) => formatDay(day)),
                series: [{ type: 'line', label, values: daily.map((day) => day.mean_latency_ms) }],
                formats: [milliseconds],
            },
            dataTable(title, [t('metrics.day'), label], daily.map((day) => [
                formatDay(day.day), orNone(day.mean_latency_ms, formatMilliseconds),
            ])),
        );
    }

    #confusion({ annotated, confusion }) {
        const title = t('confusion.title');
        const body = annotated === 0 ? h('p', { class: 'empty' }, t('metrics.noTruth')) : confusionTable(confusion);
        return h('section', { class: 'card', 'aria-label': title }, h('h3', {}, title), body);
    }
}
