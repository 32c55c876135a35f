/** The large eye of the portal, which follows the pointer. Decoration: still when less motion is wished for. */
import { svg } from '../shared/dom.js';

const fibreCount = 72;
/** How far the pupil may move from the middle, in units of the drawing. */
const reach = 13;

function fibre(index) {
    const angle = (2 * Math.PI * index) / fibreCount;
    const at = (radius) => [100 + radius * Math.cos(angle), 100 + radius * Math.sin(angle)];
    const [x1, y1] = at(48 + (index % 3) * 4);
    const [x2, y2] = at(82 - [0, 6, 3, 9][index % 4]);
    return svg('line', { x1, y1, x2, y2 });
}

/** Draws the eye into `place`. */
export function mountEye(place) {
    const pupil = svg(
        'g',
        { class: 'eye-pupil' },
        svg('circle', { class: 'eye-black', cx: 100, cy: 100, r: 42 }),
        svg('circle', { class: 'eye-glint', cx: 117, cy: 83, r: 10 }),
    );
    const fibres = Array.from({ length: fibreCount }, (_, index) => fibre(index));
    place.append(svg(
        'svg',
        { viewBox: '0 0 200 200' },
        svg('circle', { class: 'eye-rim', cx: 100, cy: 100, r: 97 }),
        svg('circle', { class: 'eye-iris', cx: 100, cy: 100, r: 88 }),
        svg('g', { class: 'eye-fibres' }, ...fibres),
        pupil,
    ));

    const prefersStill = matchMedia('(prefers-reduced-motion: reduce)');
    addEventListener('pointermove', (event) => {
        if (prefersStill.matches) {
            return;
        }
        const frame = place.getBoundingClientRect();
        const x = event.clientX - (frame.left + frame.width / 2);
        const y = event.clientY - (frame.top + frame.height / 2);
        const share = Math.min(1, Math.hypot(x, y) / 400);
        const angle = Math.atan2(y, x);
        const move = `translate(${reach * share * Math.cos(angle)}px, ${reach * share * Math.sin(angle)}px)`;
        pupil.style.transform = move;
    });
}
