/** The queue of predictions to look at: the most uncertain first, answered or passed over one by one. */
import { call } from '../shared/api.js';
import { byId, button, h, notice } from '../shared/dom.js';
import { formatAge, formatShare, parseServerDate } from '../shared/formats.js';
import { onLanguageChange, t } from '../shared/i18n.js';
import { animals } from './animals.js';
import { PetsView } from './pets-view.js';
import { reasonOf } from './reasons.js';
import { shareBars } from './share-bars.js';

/** How many are asked for at a time. */
const batch = 20;

/** Fires `change` when another number waits. */
export class ReviewQueue extends PetsView {
    #pictures;
    #done = byId('review-done');
    #items = [];
    #isSending = false;
    #problem = null;
    /** What was said last, and of what, so that a slip of the finger can be mended. */
    #last = null;

    /** How many wait; null while nobody knows. */
    waiting = null;

    constructor(place, token, pictures) {
        super(place, token);
        this.#pictures = pictures;
        onLanguageChange(() => this.#showLast());
    }

    async fetchWith(token, signal) {
        const page = await call('GET', `api/v1/review?limit=${batch}`, { token, signal });
        this.#items = page.predictions;
        this.#setWaiting(page.waiting);
        return page;
    }

    contentOf() {
        const [prediction] = this.#items;
        if (prediction === undefined) {
            return [
                h(
                    'div',
                    { class: 'empty' },
                    h('p', {}, h('strong', {}, t('review.empty'))),
                    h('p', {}, t('review.emptyDetail')),
                ),
                h('p', { class: 'more' }, button(t('history.refresh'), () => this.load(), { 'data-focus': 'refresh' })),
            ];
        }
        return [this.#problem === null ? '' : notice('error', this.#problem), this.#question(prediction)];
    }

    #question(prediction) {
        const { filename, label, confidence, created_at: createdAt, probabilities, uncertainty } = prediction;
        const address = filename === null ? null : this.#pictures.address(filename);
        const answers = animals.map((animal) =>
            button(t(`animal.${animal}`), () => this.#answer(prediction, animal), {
                look: animal === label ? 'main' : undefined,
                'data-focus': animal,
            }),
        );
        const skip = button(t('review.skip'), () => this.#answer(prediction, null), {
            look: 'pass',
            'data-focus': 'skip',
        });
        return h(
            'article',
            { class: address === null ? 'question' : 'question has-picture' },
            address !== null && h('img', { class: 'preview', src: address, alt: t('picture.alt', { name: filename }) }),
            h(
                'div',
                { class: 'question-body' },
                h('h3', { class: 'question-name' }, filename || t('history.unnamed')),
                h('p', { class: 'hint' }, t('review.read', {
                    when: formatAge(parseServerDate(createdAt)),
                    animal: t(`animal.${label}`),
                    share: formatShare(confidence),
                    doubt: uncertainty === null ? '–' : formatShare(uncertainty, 0),
                })),
                probabilities === null ? '' : shareBars(probabilities),
                h('p', { class: 'question-ask' }, t('review.ask')),
                h('div', { class: 'answers', role: 'group', 'aria-label': t('review.ask') }, answers, skip),
            ),
        );
    }

    /** Says what a prediction really showed; null passes it over. The next question then takes its place. */
    async #answer(prediction, animal) {
        // A second tap on the way must not answer the next question.
        if (this.#isSending) {
            return;
        }
        this.#isSending = true;
        this.#problem = null;
        let isGone = false;
        try {
            await this.#send(prediction, animal);
        } catch (error) {
            // Erased in the meantime, or judged and purged: nothing is left to say about it.
            isGone = error.status === 404;
            if (!isGone) {
                this.#problem = reasonOf(error);
            }
        }
        this.#isSending = false;
        if (this.#problem === null) {
            this.#moveOn(prediction, animal, isGone);
        }
        if (this.#items.length === 0) {
            await this.load();
        } else {
            this.render();
        }
    }

    #send(prediction, animal) {
        if (animal === null) {
            return call('POST', `api/v1/review/${prediction.id}/skip`, { token: this.token });
        }
        const feedback = animal === prediction.label ? 'positive' : 'negative';
        const json = { feedback, label: animal };
        return call('POST', `api/v1/predictions/${prediction.id}/feedback`, { token: this.token, json });
    }

    #moveOn(prediction, animal, isGone) {
        const isRepeated = this.#last?.prediction === prediction;
        this.#last = { prediction, animal, isGone };
        this.#items = this.#items.filter((item) => item !== prediction);
        if (!isRepeated) {
            this.#setWaiting(Math.max(0, this.waiting - 1));
        }
        this.#showLast();
    }

    #showLast() {
        if (this.#last === null) {
            return;
        }
        const { prediction, animal, isGone } = this.#last;
        const name = prediction.filename || t('history.unnamed');
        const text = isGone
            ? t('review.gone', { name })
            : animal === null
                ? t('review.skipped', { name })
                : t('review.noted', { name, animal: t(`animal.${animal}`) });
        const mend = button(t('review.change'), () => this.#bringBack());
        // Read out where the page is not seen: the keyboard stays on its button while the question changes.
        const [next] = this.#items;
        const following = next && t('review.next', { name: next.filename || t('history.unnamed') });
        this.#done.replaceChildren(
            h('p', {}, text, following && h('span', { class: 'visually-hidden' }, ` ${following}`)),
            isGone ? '' : mend,
        );
    }

    /** Asks the last question again; what is said then counts. */
    #bringBack() {
        const { prediction } = this.#last;
        if (this.#isSending || this.#items[0] === prediction) {
            return;
        }
        this.#items = [prediction, ...this.#items];
        this.#done.replaceChildren();
        this.render();
        this.focusAnswer(prediction.label);
    }

    /** Puts the keyboard on an answer. */
    focusAnswer(animal) {
        byId('review').querySelector(`[data-focus="${animal}"]`)?.focus();
    }

    #setWaiting(count) {
        this.waiting = count;
        this.dispatchEvent(new Event('change'));
    }
}
