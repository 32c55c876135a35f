/** How the model fares: the figures of a window of days, and whether pictures and answers are still what they were. */
import { call, download } from '../shared/api.js';
import { button, h, notice } from '../shared/dom.js';
import { formatMilliseconds, formatNumber, formatShare } from '../shared/formats.js';
import { t } from '../shared/i18n.js';
import { driftSection } from './drift-section.js';
import { PetsView } from './pets-view.js';
import { reasonOf } from './reasons.js';

/** The windows the API knows, in days. */
export const windows = [1, 7, 30, 90];

const share = (value, digits = 1) => (value === null ? '–' : formatShare(value, digits));
const milliseconds = (value) => (value === null ? '–' : formatMilliseconds(value));

function tile(name, value, detail) {
    return h('div', { class: 'tile' }, h('dt', {}, name), h('dd', {}, value), detail && h('dd', { class: 'hint' }, detail));
}

function tiles(figures) {
    const { requests, answered, refused, failed, agreement, latency_ms: latency } = figures;
    const judged = agreement.agreeing + agreement.disagreeing;
    return h(
        'dl',
        { class: 'tiles' },
        tile(t('watch.requests'), formatNumber(requests), t('watch.requestsDetail', {
            answered: formatNumber(answered), refused: formatNumber(refused), failed: formatNumber(failed),
        })),
        tile(t('watch.agreement'), share(agreement.rate, 0), t('watch.agreementDetail', { judged: formatNumber(judged) })),
        tile(t('watch.confidence'), share(figures.mean_confidence), t('watch.confidenceDetail')),
        tile(t('watch.latency'), milliseconds(latency.p50), t('watch.latencyDetail', {
            p90: milliseconds(latency.p90), p99: milliseconds(latency.p99),
        })),
        tile(t('watch.errors'), share(figures.error_rate), t('watch.errorsDetail')),
    );
}

export class WatchView extends PetsView {
    /** The window in view, in days. */
    days = 7;

    /** Shows another window. */
    show(days) {
        this.days = days;
        this.load();
    }

    fetchWith(token, signal) {
        return call('GET', `api/v1/monitoring?days=${this.days}`, { token, signal });
    }

    contentOf({ figures, drift, window, versions, waiting_for_review: waiting }) {
        const review = h('a', { href: 'review' }, t('watch.review', { count: formatNumber(waiting) }));
        return [
            figures.requests === 0 ? h('p', { class: 'empty' }, t('watch.empty')) : tiles(figures),
            waiting > 0 ? h('p', { class: 'watch-review' }, review) : '',
            driftSection(drift, window, versions.filter((version) => version.figures.answered > 0).length),
            this.#exports(),
        ];
    }

    #exports() {
        const problem = h('div', {});
        const save = async (name) => {
            problem.replaceChildren();
            try {
                await download(`api/v1/${name}`, name, { token: this.token });
            } catch (error) {
                problem.append(notice('error', reasonOf(error)));
            }
        };
        return h(
            'div',
            { class: 'exports' },
            button(t('watch.saveDays'), () => save('monitoring.csv')),
            button(t('watch.savePredictions'), () => save('predictions.csv')),
            problem,
        );
    }
}
