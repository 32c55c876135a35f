/** The tools under the paper: pen width, undo, clear, recognise, and their keys. */
import { byId } from '../shared/dom.js';

/** Wires the tools to the board and the recogniser. */
export function mountBoardControls(board, recogniser) {
    const width = byId('pen-width');
    const undo = byId('undo');
    const clear = byId('clear');
    const recognise = byId('recognise');
    const hint = byId('board-hint');

    const showWidth = () => {
        board.penWidth = width.valueAsNumber;
        byId('pen-dot').style.setProperty('--pen-width', width.value);
    };
    const showState = () => {
        // `aria-disabled` rather than `disabled`: the button pressed last keeps the keyboard's focus.
        undo.setAttribute('aria-disabled', String(!board.canUndo));
        clear.setAttribute('aria-disabled', String(board.isEmpty));
        recognise.setAttribute('aria-disabled', String(board.isEmpty || recogniser.isBusy));
        hint.hidden = !board.isEmpty;
    };

    width.addEventListener('input', showWidth);
    undo.addEventListener('click', () => board.undo());
    clear.addEventListener('click', () => board.clear());
    recognise.addEventListener('click', () => recogniser.recognise());
    board.addEventListener('change', showState);
    recogniser.addEventListener('busy', showState);

    byId('panel-draw').addEventListener('keydown', (event) => {
        const isCommand = event.ctrlKey || event.metaKey;
        if (isCommand && event.key === 'z' && event.target.type !== 'text') {
            event.preventDefault();
            board.undo();
        } else if (event.key === 'Enter' && event.target === byId('board')) {
            event.preventDefault();
            recogniser.recognise();
        }
    });

    showWidth();
    showState();
}
