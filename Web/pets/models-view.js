/** The models to choose from: which one answers and since when, how to let another answer, and how to go back. */
import { call } from '../shared/api.js';
import { button, h, icon, notice } from '../shared/dom.js';
import { formatBytes, formatDateTime, parseServerDate } from '../shared/formats.js';
import { t } from '../shared/i18n.js';
import { refusalNotice } from '../shared/refusals.js';
import { PetsView } from './pets-view.js';
import { isRefusedCaller, reasonOf } from './reasons.js';
import { refusals } from './refusals.js';

/** Fires `loaded` when the models are known, and `switched` when another one answers. */
export class ModelsView extends PetsView {
    #messages;
    /** What awaits a second tap: `{ model, isRollback }`. A model that answers is everyone's, so one tap is not enough. */
    #asked = null;
    #isSending = false;

    constructor(place, messages, token) {
        super(place, token);
        this.#messages = messages;
    }

    async fetchWith(token, signal) {
        const [models, history] = await Promise.all([
            call('GET', 'api/v1/models', { token, signal }),
            call('GET', 'api/v1/models/history', { token, signal }),
        ]);
        this.dispatchEvent(new Event('loaded'));
        return { models, history };
    }

    contentOf({ models, history }) {
        if (models.length === 0) {
            return [h('p', { class: 'empty' }, t('models.empty'))];
        }
        const current = models.find((model) => model.is_default);
        const earlier = this.#earlier(models, history, current);
        return [
            current === undefined ? notice('info', t('models.noDefault')) : this.#answering(current, history),
            earlier === undefined ? '' : this.#goingBack(earlier),
            h('ul', { class: 'models' }, models.map((model) => this.#row(model))),
            this.#moves(models, history),
        ];
    }

    /** The model that going back leads to: the latest to have answered before the present one. */
    #earlier(models, history, current) {
        const move = history.find(({ model_id: id }) => id !== null && id !== current?.id);
        return move && models.find((model) => model.id === move.model_id);
    }

    #answering(model, history) {
        const [latest] = history;
        return h(
            'p',
            { class: 'answering' },
            latest?.model_id === model.id
                ? t('models.since', { name: model.name, when: formatDateTime(parseServerDate(latest.since)) })
                : t('models.now', { name: model.name }),
        );
    }

    #goingBack(model) {
        return h('div', { class: 'go-back' }, this.#isAsked(model, true)
            ? this.#confirmation(model, t('models.confirmBack', { name: model.name }))
            : button(t('models.goBack', { name: model.name }), () => this.#ask({ model, isRollback: true }), {
                sign: 'undo', 'data-focus': 'back',
            }));
    }

    #row(model) {
        const size = model.file && formatBytes(model.file.size);
        const facts = [t(`models.origin.${model.origin}`), model.algorithm, model.format, size];
        const added = t('models.added', { when: formatDateTime(parseServerDate(model.created_at)) });
        return h(
            'li',
            { class: model.is_default ? 'model is-default' : 'model' },
            h(
                'div',
                { class: 'model-text' },
                h('h3', {}, model.name),
                h('p', { class: 'hint' }, facts.filter(Boolean).join(' · ')),
                h('p', { class: 'hint' }, added),
            ),
            this.#choice(model),
        );
    }

    #choice(model) {
        if (model.is_default) {
            return h('p', { class: 'badge', tabindex: -1, 'data-focus': model.id }, icon('check'), t('models.answers'));
        }
        if (this.#isAsked(model, false)) {
            return this.#confirmation(model, t('models.confirm', { name: model.name }));
        }
        return button(t('models.choose'), () => this.#ask({ model, isRollback: false }), {
            'data-focus': model.id,
            'aria-label': t('models.chooseLabel', { name: model.name }),
        });
    }

    #moves(models, history) {
        if (history.length < 2) {
            return '';
        }
        const names = new Map(models.map(({ id, name }) => [id, name]));
        return h(
            'details',
            {},
            h('summary', {}, t('models.history')),
            h('ol', { class: 'moves' }, history.map(({ model_id: id, since }) => h(
                'li',
                {},
                h('span', {}, names.get(id) ?? t('info.none')),
                h('time', { class: 'hint', datetime: since }, formatDateTime(parseServerDate(since))),
            ))),
        );
    }

    #isAsked(model, isRollback) {
        return this.#asked?.model.id === model.id && this.#asked.isRollback === isRollback;
    }

    #ask(asked) {
        this.#asked = asked;
        this.#messages.replaceChildren();
        this.render();
        document.querySelector('[data-focus="confirm"]')?.focus();
    }

    #confirmation(model, question) {
        return h(
            'div',
            { class: 'confirm', role: 'group', 'aria-label': question },
            h('p', {}, question),
            h(
                'p',
                { class: 'confirm-actions' },
                button(t('models.yes'), () => this.#switch(), { look: 'main', 'data-focus': 'confirm' }),
                button(t('models.no'), () => this.#giveUp()),
            ),
        );
    }

    #giveUp() {
        const { model, isRollback } = this.#asked;
        this.#asked = null;
        this.render();
        document.querySelector(`[data-focus="${isRollback ? 'back' : model.id}"]`)?.focus();
    }

    async #switch() {
        if (this.#isSending) {
            return;
        }
        const { model, isRollback } = this.#asked;
        this.#isSending = true;
        this.#messages.replaceChildren(h('p', { class: 'loading', role: 'status' }, t('models.switching')));
        try {
            const path = isRollback ? 'rollback' : `${encodeURIComponent(model.id)}/default`;
            const { name } = await call(isRollback ? 'POST' : 'PATCH', `api/v1/models/${path}`, { token: this.token });
            this.#messages.replaceChildren(notice('good', t('models.switched', { name })));
            this.dispatchEvent(new Event('switched'));
        } catch (error) {
            const sentence = (reason) => t('models.refused', { name: model.name, reason });
            const refusal = isRefusedCaller(error) ? new Error(reasonOf(error)) : error;
            this.#messages.replaceChildren(refusalNotice(refusal, refusals, sentence));
        }
        this.#isSending = false;
        this.#asked = null;
        await this.load();
    }
}
