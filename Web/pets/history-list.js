/** The latest predictions, for those who have the token. */
import { call } from '../shared/api.js';
import { button, h, icon } from '../shared/dom.js';
import { formatAge, formatMilliseconds, formatShare, parseServerDate } from '../shared/formats.js';
import { t } from '../shared/i18n.js';
import { LoadedView } from '../shared/loaded-view.js';

const pageSize = 20;

export class HistoryList extends LoadedView {
    #token;
    #limit = pageSize;

    constructor(place, token) {
        super(place);
        this.#token = token;
    }

    fetchData(signal) {
        if (this.#token.value === '') {
            return { predictions: [], next: null };
        }
        return call('GET', `api/v1/predictions?limit=${this.#limit}`, { token: this.#token.value, signal });
    }

    content({ predictions, next }) {
        if (predictions.length === 0) {
            return [h('p', { class: 'empty' }, t('history.empty'))];
        }
        const more = button(t('history.more'), () => {
            this.#limit = Math.min(100, this.#limit + pageSize);
            this.load();
        });
        return [
            h('ul', { class: 'history' }, predictions.map((prediction) => this.#row(prediction))),
            next !== null && this.#limit < 100 ? h('p', { class: 'more' }, more) : '',
        ];
    }

    #row({ filename, label, confidence, created_at: createdAt, latency_ms: latency, feedback }) {
        const verdict = label === null ? t('history.none') : `${t(`animal.${label}`)} ${formatShare(confidence)}`;
        return h(
            'li',
            {},
            h('span', { class: 'history-name' }, filename ?? ''),
            h('span', { class: 'history-verdict', 'data-animal': label }, verdict, this.#sign(feedback)),
            h('span', { class: 'hint' }, `${formatAge(parseServerDate(createdAt))} · ${formatMilliseconds(latency)}`),
        );
    }

    #sign(feedback) {
        if (feedback === null) {
            return null;
        }
        const text = t(feedback.agrees ? 'judge.right' : 'judge.wrong');
        return h(
            'span',
            { class: feedback.agrees ? 'sign is-right' : 'sign is-wrong', title: text },
            icon(feedback.agrees ? 'check' : 'cross'),
            h('span', { class: 'visually-hidden' }, text),
        );
    }
}
