/** The latest predictions, for those who have the token. */
import { call } from '../shared/api.js';
import { button, h, icon } from '../shared/dom.js';
import { formatAge, formatMilliseconds, formatShare, parseServerDate } from '../shared/formats.js';
import { t } from '../shared/i18n.js';
import { PetsView } from './pets-view.js';
import { outcomeText } from './reasons.js';

const pageSize = 20;
const mostRows = 100;

export class HistoryList extends PetsView {
    #limit = pageSize;

    fetchWith(token, signal) {
        return call('GET', `api/v1/predictions?limit=${this.#limit}`, { token, signal });
    }

    contentOf({ predictions, next }) {
        if (predictions.length === 0) {
            return [h('p', { class: 'empty' }, t('history.empty'))];
        }
        const more = button(
            t('history.more'),
            () => {
                this.#limit = Math.min(mostRows, this.#limit + pageSize);
                this.load();
            },
            { 'data-focus': 'more' },
        );
        return [
            h('ul', { class: 'history' }, predictions.map((prediction) => this.#row(prediction))),
            next !== null && this.#limit < mostRows ? h('p', { class: 'more' }, more) : '',
        ];
    }

    #row({ filename, label, confidence, created_at: createdAt, latency_ms: latency, outcome, feedback }) {
        const verdict = label === null ? outcomeText(outcome) : `${t(`animal.${label}`)} ${formatShare(confidence)}`;
        const look = label === null ? 'history-verdict is-missing' : 'history-verdict';
        return h(
            'li',
            {},
            h('span', { class: 'history-name' }, filename || t('history.unnamed')),
            h('span', { class: look }, verdict, this.#sign(feedback)),
            h('span', { class: 'hint' }, `${formatAge(parseServerDate(createdAt))} · ${formatMilliseconds(latency)}`),
        );
    }

    #sign(feedback) {
        if (feedback === null) {
            return null;
        }
        const { agrees, label } = feedback;
        const truth = agrees || label === null ? '' : ` ${t('history.was', { animal: t(`animal.${label}`) })}`;
        const text = t(agrees ? 'judge.right' : 'judge.wrong') + truth;
        return h(
            'span',
            { class: agrees ? 'sign is-right' : 'sign is-wrong', title: text },
            icon(agrees ? 'check' : 'cross'),
            h('span', { class: 'visually-hidden' }, text),
        );
    }
}
