/** The review page: what the model was least sure of, one at a time, answered with one tap. */
import { byId } from '../shared/dom.js';
import { onLanguageChange, t } from '../shared/i18n.js';
import { formatNumber } from '../shared/formats.js';
import { OwnPictures } from './own-pictures.js';
import { mountPetsShell } from './pets-shell.js';
import { ReviewQueue } from './review-queue.js';
import { Token } from './token.js';

mountPetsShell();

const token = new Token();
const pictures = new OwnPictures();
const queue = new ReviewQueue(byId('review'), token, pictures);

function showCount() {
    const { waiting } = queue;
    byId('review-count').textContent = waiting === null ? '' : t('review.waiting', { count: formatNumber(waiting) });
}

queue.addEventListener('change', showCount);
onLanguageChange(showCount);
pictures.addEventListener('change', () => queue.render());
token.fill();
