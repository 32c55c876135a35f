/** Pictures instead of drawings: opened from a file, dropped on the paper or pasted. */
import { byId, notice } from '../shared/dom.js';
import { t } from '../shared/i18n.js';

/** Formats the server reads as they are; the browser converts what else it can show. */
const serverTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/bmp'];
/** Above this a picture is made smaller before it is sent: a digit needs no megapixels. */
const largestBytes = 256 * 1024;
const largestSide = 560;

function readAsDataURL(file) {
    return new Promise((resolve, reject) => {
        const reader = new FileReader();
        reader.addEventListener('load', () => resolve(reader.result));
        reader.addEventListener('error', () => reject(reader.error));
        reader.readAsDataURL(file);
    });
}

/** Draws a picture again, no larger than needed. PNG keeps transparency; photographs stay JPEG. */
function convert(bitmap, type) {
    const scale = Math.min(1, largestSide / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return type === 'image/jpeg' ? canvas.toDataURL(type, 0.92) : canvas.toDataURL('image/png');
}

/** What the board shows and what the server gets for a file; throws when the browser cannot read it as a picture. */
async function readPicture(file) {
    const bitmap = await createImageBitmap(file);
    const isSentAsIs = serverTypes.includes(file.type) && file.size <= largestBytes;
    return { bitmap, dataURL: isSentAsIs ? await readAsDataURL(file) : convert(bitmap, file.type) };
}

function firstFile(transfer) {
    return [...(transfer?.files ?? [])][0];
}

/**
 * Wires the three ways a picture comes in: `target` takes drops, which `frame` shows, `messages` the reason of a refusal.
 */
export function mountPictureSources(board, { target, frame, messages }) {
    const input = byId('picture-file');

    const take = async (file) => {
        messages.replaceChildren();
        try {
            board.showPicture(await readPicture(file));
        } catch {
            messages.replaceChildren(notice('error', t('board.notAPicture', { name: file.name })));
        }
    };

    byId('open').addEventListener('click', () => input.click());
    input.addEventListener('change', () => {
        if (input.files.length > 0) {
            take(input.files[0]);
            input.value = ''; // So that choosing the same file again is a change again.
        }
    });

    // A file dropped beside the paper is meant for it too, and must not make the browser leave the page.
    target.addEventListener('dragover', (event) => {
        event.preventDefault();
        frame.classList.add('is-target');
    });
    target.addEventListener('dragleave', () => frame.classList.remove('is-target'));
    target.addEventListener('drop', (event) => {
        event.preventDefault();
        frame.classList.remove('is-target');
        const file = firstFile(event.dataTransfer);
        if (file !== undefined) {
            take(file);
        }
    });

    document.addEventListener('paste', (event) => {
        const file = firstFile(event.clipboardData);
        if (file !== undefined && !byId('panel-draw').hidden) {
            event.preventDefault();
            take(file);
        }
    });

    board.addEventListener('change', () => messages.replaceChildren());
}
