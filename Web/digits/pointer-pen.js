/** Draws with the mouse, a finger or a pen. */
import { side } from './board.js';

/** A pen presses from 0 to 1 with 0.5 as the usual; the other pointers always draw the plain width. */
function pressureOf(event) {
    return event.pointerType === 'pen' && event.pressure > 0 ? 0.5 + event.pressure : 1;
}

/** Lets pointers draw on `canvas`. */
export function mountPointerPen(board, canvas) {
    let drawing = null;

    const pointAt = (event, frame) => ({
        x: ((event.clientX - frame.left) * side) / frame.width,
        y: ((event.clientY - frame.top) * side) / frame.height,
        pressure: pressureOf(event),
    });

    canvas.addEventListener('pointerdown', (event) => {
        if (event.button !== 0) {
            return;
        }
        if (drawing !== null) {
            // A hand rests on the screen before the pen touches it: the pen wins, other second pointers are ignored.
            if (event.pointerType !== 'pen' || drawing.pointerType === 'pen') {
                return;
            }
            board.undo();
        }
        drawing = { pointerId: event.pointerId, pointerType: event.pointerType };
        canvas.setPointerCapture(event.pointerId);
        board.beginStroke(pointAt(event, canvas.getBoundingClientRect()));
    });

    canvas.addEventListener('pointermove', (event) => {
        if (drawing?.pointerId !== event.pointerId) {
            return;
        }
        // Fast strokes move further than one event per frame tells; Safari knows no coalesced events before 18.
        const coalesced = event.getCoalescedEvents?.() ?? [];
        const frame = canvas.getBoundingClientRect();
        board.extendStroke((coalesced.length > 0 ? coalesced : [event]).map((each) => pointAt(each, frame)));
    });

    const end = (event) => {
        if (drawing?.pointerId === event.pointerId) {
            drawing = null;
        }
    };
    canvas.addEventListener('pointerup', end);
    canvas.addEventListener('pointercancel', end);
    // Undo and clear, by key in the middle of a stroke, take that stroke away.
    board.addEventListener('rewind', () => {
        drawing = null;
    });
}
