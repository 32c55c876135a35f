/** The prediction page: pictures by drop, choice, camera or clipboard, each answered in a card of its own. */
import { byId, notice } from '../shared/dom.js';
import { t } from '../shared/i18n.js';
import { HistoryList } from './history-list.js';
import { mountPetsShell } from './pets-shell.js';
import { PictureCard } from './picture-card.js';
import { Token } from './token.js';

mountPetsShell();

const token = new Token();
const history = new HistoryList(byId('history'), token);
const cards = [];
/** Cards kept in view once they are answered, and pictures that are on their way at a time. */
const mostCards = 24;
const mostAtOnce = 2;
const waiting = [];
let underWay = 0;
/** How many pictures came together last; all of them stay in view to be judged. */
let latest = 0;

/** Lets the oldest cards go, but none that has not been answered yet. */
function makeRoom() {
    while (cards.length > Math.max(mostCards, latest)) {
        const oldest = cards.findLastIndex((card) => card.isDone);
        if (oldest === -1) {
            return;
        }
        cards.splice(oldest, 1)[0].release();
    }
}

/** Sends what waits, a few at a time; the history follows once all have been answered. */
function sendNext() {
    while (underWay < mostAtOnce && waiting.length > 0) {
        const card = waiting.shift();
        underWay += 1;
        card.send().finally(() => {
            underWay -= 1;
            makeRoom();
            sendNext();
            if (underWay === 0) {
                history.load();
            }
        });
    }
}

/** A picture by its type, or by its name where the browser knows no type for it. */
function isPicture(file) {
    return file.type.startsWith('image/') || (file.type === '' && /\.(jpe?g|png|gif|webp|bmp)$/i.test(file.name));
}

function add(files) {
    const others = [...files].filter((file) => !isPicture(file));
    byId('send-notice').replaceChildren();
    if (others.length > 0) {
        const names = others.map((file) => file.name).join(', ');
        byId('send-notice').append(notice('error', t('send.notPictures', { names })));
    }
    const added = [...files].filter(isPicture).map((file) => new PictureCard(file, token));
    for (const card of added) {
        card.addEventListener('judged', () => history.load());
    }
    latest = added.length;
    cards.unshift(...added);
    waiting.push(...added);
    byId('pictures').prepend(...added.map((card) => card.element));
    sendNext();
}

for (const [opener, field] of [['choose', 'files'], ['shoot', 'camera']]) {
    byId(opener).addEventListener('click', () => byId(field).click());
    byId(field).addEventListener('change', () => {
        add(byId(field).files);
        // The same picture may be chosen again.
        byId(field).value = '';
    });
}

const drop = byId('drop');
for (const name of ['dragenter', 'dragover']) {
    addEventListener(name, (event) => {
        if (event.dataTransfer?.types.includes('Files')) {
            event.preventDefault();
            drop.classList.add('is-target');
        }
    });
}
addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) {
        drop.classList.remove('is-target');
    }
});
addEventListener('drop', (event) => {
    drop.classList.remove('is-target');
    if (event.dataTransfer?.files.length > 0) {
        event.preventDefault();
        add(event.dataTransfer.files);
    }
});
addEventListener('paste', (event) => {
    if (event.clipboardData?.files.length > 0) {
        add(event.clipboardData.files);
    }
});

// What another token refused is sent again with this one.
token.addEventListener('change', () => {
    waiting.push(...cards.filter((card) => card.wasRefused));
    sendNext();
});
byId('history-refresh').addEventListener('click', () => history.load());
token.fill();
