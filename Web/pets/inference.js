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
/** Cards kept in view, and pictures that are on their way at a time. */
const mostCards = 24;
const mostAtOnce = 2;
const waiting = [];
let underWay = 0;

function sendNext() {
    while (underWay < mostAtOnce && waiting.length > 0) {
        const card = waiting.shift();
        underWay += 1;
        card.send().finally(() => {
            underWay -= 1;
            sendNext();
            if (underWay === 0) {
                history.load();
            }
        });
    }
}

function add(files) {
    const pictures = [...files].filter((file) => file.type.startsWith('image/'));
    byId('send-notice').replaceChildren();
    if (pictures.length < files.length) {
        byId('send-notice').append(notice('error', t('send.notPictures')));
    }
    for (const file of pictures) {
        const card = new PictureCard(file, token);
        card.addEventListener('judged', () => history.load());
        cards.unshift(card);
        waiting.push(card);
        byId('pictures').prepend(card.element);
    }
    while (cards.length > mostCards) {
        cards.pop().release();
    }
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

token.addEventListener('change', () => history.load());
byId('history-refresh').addEventListener('click', () => history.load());
token.fill();
