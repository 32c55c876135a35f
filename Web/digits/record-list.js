/** The latest stored predictions, with what they turned out to be. */
import { call } from '../shared/api.js';
import { button, h, icon } from '../shared/dom.js';
import { formatAge, formatDateTime, formatShare, parseServerDate } from '../shared/formats.js';
import { onLanguageChange, t } from '../shared/i18n.js';
import { segmented } from '../shared/segmented.js';
import { LoadedView } from '../shared/loaded-view.js';

const pageSize = 12;
const filters = ['all', 'correct', 'wrong'];

function stateOf(record) {
    if (record.ground_truth === null) {
        return 'open';
    }
    if (record.pred_digit === null) {
        return 'told';
    }
    return record.ground_truth === record.pred_digit ? 'right' : 'wrong';
}

export class RecordList extends LoadedView {
    #dialog;
    #filterPlace;
    #filter = 'all';
    #limit = pageSize;
    /** Drawings made on this page, for servers that keep the answer but not the picture. */
    #drawings = new Map();

    constructor(place, filterPlace, dialog) {
        super(place);
        this.#dialog = dialog;
        this.#filterPlace = filterPlace;
        this.#renderFilter();
        onLanguageChange(() => this.#renderFilter());
    }

    rememberDrawing(recordID, dataURL) {
        this.#drawings.set(recordID, dataURL);
    }

    fetchData(signal) {
        const query = new URLSearchParams({ limit: String(this.#limit), fields: 'all' });
        if (this.#filter !== 'all') {
            query.set('only', this.#filter);
        }
        return call('GET', `api/v1/records?${query}`, { signal });
    }

    content(records) {
        if (records.length === 0) {
            return [h('p', { class: 'empty' }, t(`records.empty.${this.#filter}`))];
        }
        const list = h('ul', { class: 'records' }, records.map((record) => this.#row(record)));
        if (records.length < this.#limit) {
            return [list];
        }
        return [list, button(t('records.more'), () => this.#showMore(), { look: 'more', 'data-focus': 'more' })];
    }

    #renderFilter() {
        this.#filterPlace.replaceChildren(segmented({
            legend: t('records.filter'),
            options: filters.map((value) => ({ value, label: t(`records.filter.${value}`) })),
            selected: this.#filter,
            onSelect: (value) => {
                this.#filter = value;
                this.#limit = pageSize;
                this.forget();
                this.load();
            },
        }));
    }

    #showMore() {
        this.#limit += pageSize;
        this.load();
    }

    #row(record) {
        const state = stateOf(record);
        const created = parseServerDate(record.created_at);
        const read = record.pred_digit === null
            ? h('b', {}, t('records.unread'))
            : h('b', {}, t('records.read', { digit: record.pred_digit }), ' ',
                h('span', { class: 'record-share' }, formatShare(record.proba)));
        const truth = t(`records.truth.${state}`, { digit: record.ground_truth });
        const sign = { open: 'eye', told: 'pencil', right: 'check', wrong: 'cross' }[state];
        return h(
            'li',
            { class: `record is-${state}` },
            this.#picture(record),
            h(
                'div',
                { class: 'record-text' },
                h('p', {}, read),
                h('p', { class: 'record-truth' }, icon(sign), truth),
                h('time', { datetime: created.toISOString(), title: formatDateTime(created) }, formatAge(created)),
            ),
            button('', () => this.#dialog.open(record, this.#picture(record), () => this.load()), {
                look: 'icon',
                sign: 'pencil',
                title: t('records.correct'),
                'aria-label': t('records.correctLabel', { when: formatDateTime(created) }),
                'data-focus': record.id,
            }),
        );
    }

    #picture(record) {
        const source = record.image ?? this.#drawings.get(record.id);
        if (source !== undefined) {
            return h('img', { class: 'record-picture', src: source, alt: t('records.pictureAlt') });
        }
        const properties = { class: 'record-picture record-sign', title: t('records.noPicture') };
        return h('span', { ...properties, 'aria-hidden': 'true' }, record.pred_digit ?? '?');
    }
}
