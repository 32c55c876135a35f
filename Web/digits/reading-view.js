/** What the model reads: the digit, how sure it is, all ten probabilities, and the picture it really saw. */
import { button, h, notice } from '../shared/dom.js';
import { formatMilliseconds, formatShare } from '../shared/formats.js';
import { onLanguageChange, t } from '../shared/i18n.js';
import { Iris } from './iris.js';

/** The reading is spoken once the drawing rests, not with every stroke. */
const restBeforeSpeaking = 900;
const digits = Array.from({ length: 10 }, (_, digit) => digit);

/** The digit after the best one, if it has any weight worth a word. */
function secondChoice(probabilities, best) {
    const others = digits.filter((digit) => digit !== best && probabilities[digit] >= 0.01);
    return others.sort((a, b) => probabilities[b] - probabilities[a])[0];
}

export class ReadingView {
    #iris = new Iris();
    #verdict = h('p', { class: 'verdict' });
    #detail = h('p', { class: 'verdict-detail' });
    #seen = h('img', { class: 'seen-picture', width: 28, height: 28, alt: '' });
    #seenFrame = h('div', { class: 'seen-frame' }, this.#seen);
    #seenCaption = h('figcaption', {});
    #bars = h('ol', { class: 'bars' });
    #rows = digits.map((digit) => {
        const share = h('span', { class: 'bar-share' });
        const row = h('li', { class: 'bar' }, h('b', {}, digit), h('span', { class: 'bar-track' }, h('i')), share);
        return { row, share };
    });
    #message = h('div', {});
    #spoken = h('p', { class: 'visually-hidden', role: 'status' });
    #speaking = 0;
    #short;
    /** Draws the present state again, in the language of the moment. */
    #render = () => this.showNothing();

    /** `short` gets the answer in a few signs, for screens too small to show both paper and reading. */
    constructor(place, short) {
        this.#short = short;
        this.#bars.append(...this.#rows.map(({ row }) => row));
        place.append(
            h(
                'div',
                { class: 'reading' },
                this.#iris.element,
                h('div', { class: 'verdict-block' }, this.#verdict, this.#detail),
                h('figure', { class: 'seen' }, this.#seenFrame, this.#seenCaption),
            ),
            this.#message,
            this.#bars,
            this.#spoken,
        );
        this.showNothing();
        onLanguageChange(() => this.#render());
    }

    /** The paper is empty. */
    showNothing() {
        this.#render = () => this.showNothing();
        this.#clear(t('reading.nothing'), t('reading.nothingDetail'));
        this.#clearSeen();
        this.#message.replaceChildren();
    }

    /** A live answer, of which nothing is stored. */
    show(answer) {
        this.#render = () => this.show(answer);
        this.#message.replaceChildren();
        if (answer.digit === null || !answer.using_model) {
            this.#showWithoutModel(answer);
            return;
        }
        this.#showAnswer(answer.digit, answer.proba, answer.latency_ms, answer.probabilities);
        this.#showBars(answer.probabilities, answer.digit);
        this.#showSeen(answer.input);
    }

    /** The stored answer; bars and seen picture stay those of the live answer for the same drawing. */
    showKept(prediction) {
        this.#message.replaceChildren();
        if (prediction.digit === null) {
            this.#showWithoutModel(prediction);
        } else {
            this.#showAnswer(prediction.digit, prediction.proba, prediction.latency_ms, null);
        }
    }

    /** The server did not answer, or refused: an older answer must not stand for this drawing. */
    showFailure(error, retry) {
        this.#render = () => this.showFailure(error, retry);
        this.#clear(t('reading.failed'), '');
        this.#clearSeen();
        this.#message.replaceChildren(notice('error', error.message, button(t('shell.retry'), retry)));
    }

    #showAnswer(digit, share, latency, probabilities) {
        const second = probabilities === null ? undefined : secondChoice(probabilities, digit);
        this.#iris.look(digit, share);
        this.#short.textContent = t('reading.short', { digit, share: formatShare(share, 0) });
        this.#verdict.textContent = t('reading.verdict', { digit });
        const sure = t('reading.sure', { share: formatShare(share) });
        const then = second === undefined
            ? ''
            : t('reading.then', { digit: second, share: formatShare(probabilities[second]) });
        this.#detail.textContent = [sure, then, t('reading.latency', { latency: formatMilliseconds(latency) })]
            .filter((part) => part !== '')
            .join(' ');
        this.#speak(`${this.#verdict.textContent} ${sure}`);
    }

    #showWithoutModel(answer) {
        this.#clear(t('reading.noModel'), '');
        const link = h('a', { href: '#models' }, t('reading.noModelLink'));
        this.#message.replaceChildren(notice('info', t('reading.noModelDetail'), link));
        if (answer.input) {
            this.#showSeen(answer.input);
        }
    }

    #clear(verdict, detail) {
        clearTimeout(this.#speaking);
        this.#spoken.textContent = '';
        this.#iris.look(null, 0);
        this.#short.textContent = '';
        this.#verdict.textContent = verdict;
        this.#detail.textContent = detail;
        this.#showBars(digits.map(() => null), null);
    }

    #clearSeen() {
        this.#seen.removeAttribute('src');
        this.#seen.alt = '';
        this.#seenCaption.textContent = t('reading.seen');
    }

    #showBars(probabilities, best) {
        this.#bars.setAttribute('aria-label', t('reading.bars'));
        for (const [digit, { row, share }] of this.#rows.entries()) {
            const probability = probabilities[digit];
            row.classList.toggle('is-best', digit === best);
            row.style.setProperty('--share', String(probability ?? 0));
            share.textContent = probability === null ? '–' : formatShare(probability);
        }
    }

    #showSeen(dataURL) {
        this.#seen.src = dataURL;
        this.#seen.alt = t('reading.seenAlt');
        this.#seenCaption.textContent = t('reading.seen');
    }

    #speak(sentence) {
        clearTimeout(this.#speaking);
        this.#speaking = setTimeout(() => {
            this.#spoken.textContent = sentence;
        }, restBeforeSpeaking);
    }
}
