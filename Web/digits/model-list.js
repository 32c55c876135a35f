/** The stored models, and the switch that makes one of them the default. */
import { call } from '../shared/api.js';
import { button, h, icon, notice } from '../shared/dom.js';
import { formatDateTime, formatNumber, formatShare, parseServerDate } from '../shared/formats.js';
import { t } from '../shared/i18n.js';
import { LoadedView } from '../shared/loaded-view.js';
import { refusalNotice } from '../shared/refusals.js';
import { refusals } from './refusals.js';

function metricText(name, value) {
    if (typeof value !== 'number') {
        return String(value);
    }
    const isShare = /acc|precision|recall|f1/i.test(name) && value >= 0 && value <= 1;
    return isShare ? formatShare(value, 2) : formatNumber(value, 4);
}

/** Metrics are whatever the uploader wrote: an object of figures, or a text. */
function metricTexts(metrics) {
    if (typeof metrics === 'string') {
        return metrics === '' ? [] : [metrics];
    }
    return Object.entries(metrics ?? {})
        .filter(([, value]) => ['number', 'string', 'boolean'].includes(typeof value))
        .map(([name, value]) => {
            return `${name.replaceAll('_', ' ')}\u00A0${metricText(name, value)}`;
        });
}

/** Fires `default` after a switch. */
export class ModelList extends LoadedView {
    #messages;
    #dialog;

    constructor(place, messages, dialog) {
        super(place);
        this.#messages = messages;
        this.#dialog = dialog;
    }

    fetchData(signal) {
        return call('GET', 'api/v1/models', { signal });
    }

    content(models) {
        if (models.length === 0) {
            return [h('p', { class: 'empty' }, t('models.empty'))];
        }
        const parts = [h('ul', { class: 'models' }, models.map((model) => this.#row(model)))];
        if (!models.some((model) => model.is_default && model.has_binary)) {
            parts.unshift(notice('info', t('models.noDefault')));
        }
        return parts;
    }

    #row(model) {
        const created = parseServerDate(model.created_at);
        const added = t('models.added', { when: formatDateTime(created) });
        const chips = [model.algo, model.format, ...metricTexts(model.metrics)];
        return h(
            'li',
            { class: model.is_default ? 'model is-default' : 'model' },
            h(
                'div',
                { class: 'model-text' },
                h('h3', {}, model.name),
                h('ul', { class: 'chips' }, chips.map((chip) => h('li', {}, chip))),
                h('p', { class: 'hint' }, model.has_binary ? added : `${added} ${t('models.noFile')}`),
            ),
            h('div', { class: 'model-actions' }, this.#details(model), this.#switch(model)),
        );
    }

    #details(model) {
        return button(t('models.details'), () => this.#dialog.open(model), {
            disabled: !model.has_binary,
            'aria-label': t('models.detailsLabel', { name: model.name }),
        });
    }

    #switch(model) {
        if (model.is_default) {
            return h('p', { class: 'badge', tabindex: -1, 'data-focus': model.id }, icon('check'), t('models.default'));
        }
        return button(t('models.makeDefault'), () => this.#makeDefault(model), {
            disabled: !model.has_binary,
            'data-focus': model.id,
            'aria-label': t('models.makeDefaultLabel', { name: model.name }),
        });
    }

    async #makeDefault(model) {
        this.#messages.replaceChildren();
        try {
            await call('PATCH', `api/v1/models/${encodeURIComponent(model.id)}/default`);
        } catch (error) {
            const sentence = (reason) => t('models.refused', { name: model.name, reason });
            this.#messages.replaceChildren(refusalNotice(error, refusals, sentence));
            return;
        }
        await this.load();
        this.#messages.replaceChildren(notice('good', t('models.switched', { name: model.name })));
        this.dispatchEvent(new Event('default'));
    }
}
