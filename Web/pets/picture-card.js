/** One picture on its way: its preview, what the server made of it, and the visitor's one judgement. */
import { ApiError, call } from '../shared/api.js';
import { button, h, notice } from '../shared/dom.js';
import { formatShare } from '../shared/formats.js';
import { onLanguageChange, t } from '../shared/i18n.js';

const animals = ['cat', 'dog', 'neither'];

/** A row for each class: name, bar and share. */
export function shareBars(probabilities) {
    return h(
        'dl',
        { class: 'shares' },
        Object.entries(probabilities).flatMap(([animal, share]) => [
            h('dt', {}, t(`animal.${animal}`)),
            h(
                'dd',
                {},
                h('meter', { min: 0, max: 1, value: share, 'aria-hidden': 'true' }),
                h('span', {}, formatShare(share)),
            ),
        ]),
    );
}

/** Fires `judged` once feedback was received. */
export class PictureCard extends EventTarget {
    #file;
    #token;
    #url;
    #body = h('div', { class: 'picture-body' });
    #answer = null;
    #error = null;
    /** Null, `sending`, `received`, `failed` or `corrected`. */
    #judgement = null;
    #isRight = false;

    constructor(file, token) {
        super();
        this.#file = file;
        this.#token = token;
        this.#url = URL.createObjectURL(file);
        const preview = h('img', { class: 'preview', src: this.#url, alt: t('picture.alt', { name: file.name }) });
        // A file that the browser cannot show may still be one that the server reads.
        preview.addEventListener('error', () => preview.classList.add('is-blank'));
        this.element = h('li', { class: 'card picture' }, preview, this.#body);
        onLanguageChange(() => this.#render());
        this.#render();
    }

    /** Sends the picture. */
    async send() {
        this.#error = null;
        this.#render();
        const form = new FormData();
        form.append('file', this.#file, this.#file.name);
        try {
            const { predictions } = await call('POST', 'api/v1/predictions', { form, token: this.#token.value });
            [this.#answer] = predictions;
            if (this.#answer.error !== undefined) {
                this.#error = new Error(t('picture.unreadable', { reason: this.#answer.error }));
            }
        } catch (error) {
            this.#error = error;
            if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
                this.#token.focus();
            }
        }
        this.#render();
    }

    /** Lets go of the preview. */
    release() {
        URL.revokeObjectURL(this.#url);
        this.element.remove();
    }

    async #judge(isRight) {
        this.#judgement = 'sending';
        this.#isRight = isRight;
        this.#render();
        try {
            const { saved_to_db: isSaved } = await call('POST', 'api/feedback', {
                token: this.#token.value,
                headers: { 'X-Prediction-Id': this.#answer.id },
                json: {
                    feedback: isRight ? 'positive' : 'negative',
                    resultat_prediction: this.#answer.confidence,
                    input_user: this.#file.name || 'unknown',
                },
            });
            this.#judgement = isSaved ? 'received' : 'failed';
        } catch {
            this.#judgement = 'failed';
        }
        this.#render();
        this.dispatchEvent(new Event('judged'));
    }

    async #correct(animal) {
        try {
            await call('POST', `api/v1/predictions/${this.#answer.id}/feedback`, {
                token: this.#token.value,
                json: { feedback: 'negative', label: animal },
            });
            this.#judgement = 'corrected';
        } catch {
            this.#judgement = 'failed';
        }
        this.#render();
        this.dispatchEvent(new Event('judged'));
    }

    #render() {
        this.#body.replaceChildren(h('h3', { class: 'file-name' }, this.#file.name), ...this.#content());
    }

    #content() {
        if (this.#error !== null) {
            return [notice('error', this.#error.message, button(t('shell.retry'), () => this.send()))];
        }
        if (this.#answer === null) {
            return [h('p', { class: 'hint' }, t('picture.sending')), h('progress', {})];
        }
        const { label, confidence, probabilities } = this.#answer;
        return [
            h(
                'p',
                { class: 'verdict', 'data-animal': label },
                h('strong', {}, t(`animal.${label}`)),
                h('span', {}, formatShare(confidence)),
            ),
            shareBars(probabilities),
            this.#judgementRow(),
        ];
    }

    #judgementRow() {
        if (this.#judgement === null || this.#judgement === 'sending') {
            const disabled = this.#judgement === 'sending';
            return h(
                'div',
                { class: 'judge' },
                button(t('judge.right'), () => this.#judge(true), { look: 'right', sign: 'check', disabled }),
                button(t('judge.wrong'), () => this.#judge(false), { look: 'wrong', sign: 'cross', disabled }),
            );
        }
        if (this.#judgement === 'failed') {
            return notice('error', t('judge.failed'));
        }
        const done = notice('good', t('judge.received'));
        if (this.#isRight || this.#judgement === 'corrected') {
            return done;
        }
        const others = animals.filter((animal) => animal !== this.#answer.label);
        return h(
            'div',
            {},
            done,
            h('p', { class: 'hint' }, t('judge.what')),
            h('div', { class: 'judge' }, others.map((animal) => button(t(`animal.${animal}`), () => this.#correct(animal)))),
        );
    }
}
