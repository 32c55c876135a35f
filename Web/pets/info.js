/** The information page: the model that answers, and the figures of the days with feedback. */
import { call } from '../shared/api.js';
import { drawChart, releaseCharts } from '../shared/charts.js';
import { byId, h, notice } from '../shared/dom.js';
import { formatDay, formatMilliseconds, formatNumber, formatShare } from '../shared/formats.js';
import { t } from '../shared/i18n.js';
import { LoadedView } from '../shared/loaded-view.js';
import { mountPetsShell } from './pets-shell.js';

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
class Figures extends LoadedView {
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
        const rates = days.map(({ feedback_pos: good, feedback_neg: bad }) => (good + bad > 0 ? good / (good + bad) : null));
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
}

class ModelFacts extends LoadedView {
    async fetchData(signal) {
        const [info, session] = await Promise.all([
            call('GET', 'api/info', { signal }),
            call('GET', 'api/v1/session', { signal }),
        ]);
        return { ...info, name: session.model?.name ?? null };
    }

    content({ name, parameters, version }) {
        const facts = [
            [t('info.modelName'), name ?? t('info.none')],
            [t('info.parameters'), formatNumber(parameters)],
            [t('info.version'), version],
        ];
        return [h('dl', { class: 'facts' }, facts.flatMap(([term, fact]) => [h('dt', {}, term), h('dd', {}, fact)]))];
    }
}

async function showWeek() {
    const place = byId('week');
    try {
        place.textContent = JSON.stringify(await call('GET', 'api/metrics/7d'), null, 2);
    } catch (error) {
        place.textContent = error.message;
    }
}

mountPetsShell();
new ModelFacts(byId('model')).load();
new Figures(byId('figures')).load();
showWeek();
