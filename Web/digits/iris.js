/**
 * The answer as an eye: the digit in the pupil, and as many fibres of the iris alight as the model is sure.
 *
 * It is decoration for a sentence written beside it, and hidden from screen readers.
 */
import { svg } from '../shared/dom.js';

const fibreCount = 90;
const centre = 100;
const innerRadius = 68;
const outerRadius = 92;

function fibre(index) {
    const angle = (2 * Math.PI * index) / fibreCount - Math.PI / 2;
    const at = (radius) => [centre + radius * Math.cos(angle), centre + radius * Math.sin(angle)];
    const [x1, y1] = at(innerRadius);
    // Fibres of an iris are not all of one length; a fixed pattern keeps the drawing the same every time.
    const [x2, y2] = at(outerRadius - [0, 5, 2, 7, 3][index % 5]);
    return svg('line', { class: 'iris-fibre', x1, y1, x2, y2 });
}

/** An eye that `look` makes show a digit and how sure it is. */
export class Iris {
    #fibres = Array.from({ length: fibreCount }, (_, index) => fibre(index));
    #digit = svg('text', { class: 'iris-digit', x: centre, y: centre, 'text-anchor': 'middle', dy: '0.36em' });
    element = svg(
        'svg',
        { class: 'iris', viewBox: '0 0 200 200', 'aria-hidden': 'true' },
        svg('circle', { class: 'iris-rim', cx: centre, cy: centre, r: 98 }),
        svg('g', {}, ...this.#fibres),
        svg('circle', { class: 'iris-pupil', cx: centre, cy: centre, r: 62 }),
        this.#digit,
        svg('circle', { class: 'iris-glint', cx: 138, cy: 59, r: 5.5 }),
    );

    /** Shows a digit, or an empty pupil for null; `share` is 0…1. */
    look(digit, share) {
        this.#digit.textContent = digit === null ? '' : String(digit);
        const lit = Math.round(share * fibreCount);
        for (const [index, line] of this.#fibres.entries()) {
            line.classList.toggle('is-lit', index < lit);
        }
    }
}
