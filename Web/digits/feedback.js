/** Asks, once a drawing is kept, whether the model read it right, and which digit it was if not. */
import { button, h, notice } from '../shared/dom.js';
import { onLanguageChange, t } from '../shared/i18n.js';
import { keypad, listenToDigitKeys } from './keypad.js';
import { saveTruth } from './truth.js';

/** Fires `answered` when the truth is stored and `next` when the visitor wants an empty paper. */
export class Feedback extends EventTarget {
    #place;
    #prediction = null;
    #truth = null;
    #step = 'closed';

    constructor(place) {
        super();
        this.#place = place;
        listenToDigitKeys(place, (digit) => this.#answer(digit));
        onLanguageChange(() => this.#render());
    }

    /** Opens the question for a stored prediction and takes the keyboard there. */
    open(prediction) {
        this.#prediction = prediction;
        this.#truth = null;
        this.#go(prediction.digit === null ? 'correct' : 'ask');
    }

    /** The drawing has changed: the record can still be corrected in the list. */
    close() {
        if (this.#step !== 'closed') {
            this.#step = 'closed';
            this.#place.replaceChildren();
        }
    }

    #go(step) {
        this.#step = step;
        this.#render();
        this.#place.querySelector('button').focus({ preventScroll: true });
        this.#place.scrollIntoView({ block: 'nearest' });
    }

    #render() {
        if (this.#step === 'closed') {
            return;
        }
        const steps = { ask: () => this.#ask(), correct: () => this.#correct(), done: () => this.#done() };
        const properties = { class: 'feedback', role: 'group', 'aria-label': t('feedback.label') };
        this.#place.replaceChildren(h('div', properties, steps[this.#step]()));
    }

    #ask() {
        const { digit } = this.#prediction;
        return [
            h('p', { class: 'feedback-question' }, t('feedback.question', { digit })),
            h(
                'div',
                { class: 'feedback-answers' },
                button(t('feedback.right'), () => this.#answer(digit), { look: 'right', sign: 'check' }),
                button(t('feedback.wrong'), () => this.#go('correct'), { look: 'wrong', sign: 'cross' }),
            ),
            h('p', { class: 'hint' }, t('feedback.keys')),
        ];
    }

    #correct() {
        const question = this.#prediction.digit === null ? 'feedback.whichUnread' : 'feedback.which';
        return [
            h('p', { class: 'feedback-question' }, t(question)),
            keypad({ chosen: this.#truth, onPick: (digit) => this.#answer(digit) }),
            h('p', { class: 'hint' }, t('feedback.keys')),
        ];
    }

    #done() {
        const { digit } = this.#prediction;
        const outcome = digit === null ? 'Unread' : digit === this.#truth ? 'Right' : 'Wrong';
        const text = t(`feedback.noted${outcome}`, { digit: this.#truth });
        return [
            h('p', { class: 'feedback-question', role: 'status' }, text),
            h(
                'div',
                { class: 'feedback-answers' },
                button(t('feedback.next'), () => this.#next(), { look: 'main', sign: 'pencil' }),
                button(t('feedback.change'), () => this.#go('correct')),
            ),
        ];
    }

    #next() {
        this.dispatchEvent(new Event('next'));
        document.getElementById('board').focus();
    }

    async #answer(digit) {
        const { id } = this.#prediction;
        try {
            await saveTruth(id, digit);
        } catch (error) {
            this.#place.querySelector('.notice')?.remove();
            this.#place.firstElementChild?.append(notice('error', error.message));
            return;
        }
        this.dispatchEvent(new Event('answered'));
        // The visitor may have gone on drawing, or kept another drawing, while the answer travelled.
        if (this.#step !== 'closed' && this.#prediction.id === id) {
            this.#truth = digit;
            this.#go('done');
        }
    }
}
