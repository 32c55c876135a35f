/** One picture on its way: its preview, what the server made of it, and the visitor's one judgement. */
import { call, isAbort, upload } from '../shared/api.js';
import { button, h, notice } from '../shared/dom.js';
import { formatBytes, formatShare } from '../shared/formats.js';
import { onLanguageChange, t } from '../shared/i18n.js';
import { animals } from './animals.js';
import { isRefusedCaller, pictureReason, reasonOf } from './reasons.js';
import { shareBars } from './share-bars.js';

/** Fires `judged` once feedback was received. */
export class PictureCard extends EventTarget {
    #file;
    #token;
    #url;
    #preview;
    #body = h('div', { class: 'picture-body', tabindex: -1 });
    #controller = null;
    /** The share of the file that has been sent, 0…1; null before. */
    #sent = null;
    #answer = null;
    #error = null;
    /** Null, `sending`, `received`, `failed` or `corrected`. */
    #judgement = null;
    #isRight = false;
    /** Says again what did not get through. */
    #sayAgain = null;

    constructor(file, token) {
        super();
        this.#file = file;
        this.#token = token;
        this.#url = URL.createObjectURL(file);
        this.#preview = h('img', { class: 'preview', src: this.#url, alt: t('picture.alt', { name: file.name }) });
        // A file that the browser cannot show may still be one that the server reads.
        this.#preview.addEventListener('error', () => this.#preview.remove());
        this.element = h('li', { class: 'card picture' }, this.#preview, this.#body);
        onLanguageChange(() => {
            this.#preview.alt = t('picture.alt', { name: file.name });
            this.#render();
        });
        this.#render();
    }

    /** Whether the server has answered, or the picture cannot be sent at all. */
    get isDone() {
        return this.#answer !== null;
    }

    /** Whether another token may help. */
    get wasRefused() {
        return this.#error !== null && isRefusedCaller(this.#error);
    }

    /** Sends the picture. */
    async send() {
        const { most_bytes: most } = this.#token.session;
        this.#error = null;
        this.#sent = null;
        if (most !== undefined && this.#file.size > most) {
            this.#answer = { error: '', error_code: 'too_many_bytes' };
            this.#render();
            return;
        }
        this.#answer = null;
        this.#controller = new AbortController();
        this.#render();
        const form = new FormData();
        form.append('file', this.#file, this.#file.name);
        try {
            await this.#token.ask();
            const { predictions } = await upload('api/v1/predictions', form, {
                token: this.#token.value,
                signal: this.#controller.signal,
                onProgress: (share) => this.#showSent(share),
            });
            [this.#answer] = predictions;
        } catch (error) {
            this.#error = isAbort(error) ? new Error(t('picture.cancelled')) : error;
            if (isRefusedCaller(error)) {
                this.#token.refuse();
                this.#token.focus();
            }
        }
        this.#controller = null;
        this.#render();
    }

    /** Gives up and lets go of the preview. */
    release() {
        this.#controller?.abort();
        URL.revokeObjectURL(this.#url);
        this.element.remove();
    }

    async #judge(isRight) {
        this.#judgement = 'sending';
        this.#isRight = isRight;
        this.#sayAgain = () => this.#judge(isRight);
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
        this.#sayAgain = () => this.#correct(animal);
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

    #showSent(share) {
        this.#sent = share;
        const bar = this.#body.querySelector('progress');
        const text = this.#body.querySelector('.sending');
        if (bar !== null && text !== null) {
            text.textContent = this.#sendingText();
            // All bytes sent is not the end: from there on nobody knows how long it takes.
            if (share < 1) {
                bar.value = share;
            } else {
                bar.removeAttribute('value');
            }
        }
    }

    #sendingText() {
        return this.#sent !== null && this.#sent < 1
            ? t('picture.sent', { share: formatShare(this.#sent, 0), size: formatBytes(this.#file.size) })
            : t('picture.sending');
    }

    /** Shows the present state; the keyboard stays in the card when the control it was on goes. */
    #render() {
        this.#preview.hidden = this.#answer?.error !== undefined;
        const hadFocus = this.#body.contains(document.activeElement);
        this.#body.replaceChildren(h('h3', { class: 'file-name' }, this.#file.name), ...this.#content());
        if (hadFocus) {
            this.#body.focus({ preventScroll: true });
        }
    }

    #content() {
        if (this.#error !== null) {
            return [notice('error', reasonOf(this.#error), button(t('shell.retry'), () => this.send()))];
        }
        if (this.#answer === null) {
            return this.#waiting();
        }
        if (this.#answer.error !== undefined) {
            return [notice('error', pictureReason(this.#answer, this.#token.session))];
        }
        const { label, confidence, probabilities } = this.#answer;
        return [
            h(
                'p',
                { class: 'verdict' },
                h('strong', {}, t(`animal.${label}`)),
                h('span', {}, formatShare(confidence)),
            ),
            shareBars(probabilities),
            this.#judgementRow(),
        ];
    }

    #waiting() {
        if (this.#controller === null) {
            return [h('p', { class: 'hint' }, t('picture.queued'))];
        }
        return [
            h('p', { class: 'hint sending' }, this.#sendingText()),
            h('div', { class: 'sending-row' }, h('progress', { 'aria-label': t('picture.sending') }),
                button(t('picture.cancel'), () => this.#controller?.abort())),
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
            return notice('error', t('judge.failed'), button(t('shell.retry'), this.#sayAgain));
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
