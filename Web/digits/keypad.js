/** Ten keys to say which digit it was. */
import { h } from '../shared/dom.js';
import { t } from '../shared/i18n.js';

/** The keys 0…9; `chosen` is marked as the present truth, `onPick(digit)` is told the new one. */
export function keypad({ chosen = null, onPick }) {
    const keys = Array.from({ length: 10 }, (_, digit) => h(
        'button',
        { type: 'button', class: 'key', 'aria-pressed': String(digit === chosen), onclick: () => onPick(digit) },
        digit,
    ));
    return h('div', { class: 'keypad', role: 'group', 'aria-label': t('truth.keypad') }, keys);
}

/** Lets the digit keys of the keyboard answer while the focus is inside `place`. */
export function listenToDigitKeys(place, onPick) {
    place.addEventListener('keydown', (event) => {
        if (/^[0-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
            event.preventDefault();
            onPick(Number(event.key));
        }
    });
}
