/** What the pages share: their words, the page in view marked in the navigation, and whether a model answers. */
import { call } from '../shared/api.js';
import { byId, button, notice } from '../shared/dom.js';
import { onLanguageChange, t } from '../shared/i18n.js';
import { mountShell } from '../shared/shell.js';
import { reasonOf } from './reasons.js';
import { texts } from './texts.js';

async function askHealth() {
    try {
        const { model_loaded: isLoaded } = await call('GET', 'api/health');
        return isLoaded ? notice('good', t('banner.ready')) : notice('error', t('banner.missing'));
    } catch (error) {
        return notice('error', reasonOf(error), button(t('shell.retry'), showBanner));
    }
}

async function showBanner() {
    byId('banner').replaceChildren(await askHealth());
}

/** Prepares a page. */
export function mountPetsShell() {
    const { page } = document.body.dataset;
    mountShell(texts, `title.${page}`);
    for (const link of document.querySelectorAll('[data-nav]')) {
        if (link.dataset.nav === page) {
            link.setAttribute('aria-current', 'page');
            // On a narrow screen the row of pages may be longer than it.
            link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
        }
    }
    onLanguageChange(showBanner);
    addEventListener('online', showBanner);
    showBanner();
}
