/**
 * Draws with the keyboard: arrow keys move a cursor over the paper (with Shift, finely), the space bar lowers and
 * lifts the pen. Escape lifts it too.
 */
import { side } from './board.js';

const stepLength = 12;
const fineStepLength = 3;
const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Lets the keyboard draw on `canvas`; `cursor` is the mark laid over it. */
export function mountKeyboardPen(board, canvas, cursor) {
    const place = { x: side / 2, y: side / 4 };
    let isDown = false;

    const show = () => {
        cursor.hidden = false;
        cursor.classList.toggle('is-down', isDown);
        cursor.style.left = `${(100 * place.x) / side}%`;
        cursor.style.top = `${(100 * place.y) / side}%`;
    };
    const point = () => ({ ...place, pressure: 1 });

    canvas.addEventListener('keydown', (event) => {
        const direction = directions[event.key];
        if (direction !== undefined) {
            const step = event.shiftKey ? fineStepLength : stepLength;
            place.x = Math.min(side, Math.max(0, place.x + direction[0] * step));
            place.y = Math.min(side, Math.max(0, place.y + direction[1] * step));
            if (isDown) {
                board.extendStroke([point()]);
            }
        } else if (event.key === ' ') {
            isDown = !isDown;
            if (isDown) {
                board.beginStroke(point());
            }
        } else if (event.key === 'Escape' && isDown) {
            isDown = false;
        } else {
            return;
        }
        event.preventDefault();
        show();
    });

    const lift = () => {
        isDown = false;
        cursor.hidden = true;
    };
    canvas.addEventListener('blur', lift);
    canvas.addEventListener('pointerdown', lift);
    // Undo and clear may take away the stroke the pen was in.
    board.addEventListener('rewind', lift);
}
