/** The page at the root: which apps this server runs. It shows what the server lists and nothing else. */
import { call } from '../shared/api.js';
import { byId, h, icon } from '../shared/dom.js';
import { language, t } from '../shared/i18n.js';
import { LoadedView } from '../shared/loaded-view.js';
import { mountShell } from '../shared/shell.js';
import { mountEye } from './eye.js';
import { texts } from './texts.js';

class AppList extends LoadedView {
    fetchData(signal) {
        return call('GET', '/api/apps', { signal });
    }

    content({ version, apps }) {
        byId('version').textContent = t('portal.version', { version });
        if (apps.length === 0) {
            return [h('p', { class: 'empty' }, t('portal.empty'))];
        }
        return [h('ul', { class: 'apps' }, apps.map((app) => this.#card(app)))];
    }

    #card(app) {
        const title = app.title[language()];
        const state = app.ready ? 'ready' : 'starting';
        return h(
            'li',
            { class: 'card app' },
            h('h3', {}, h('a', { class: 'app-link', href: `${app.prefix}/` }, title)),
            h('p', { class: `app-state is-${state}` }, t(`portal.${state}`)),
            h('p', { class: 'app-description' }, app.description[language()]),
            h(
                'p',
                { class: 'app-actions' },
                h('span', { class: 'app-open', 'aria-hidden': 'true' }, t('portal.open'), icon('arrow')),
                h(
                    'a',
                    { class: 'app-docs', href: app.docs, 'aria-label': t('portal.docsOf', { title }) },
                    icon('book'),
                    t('shell.docs'),
                ),
            ),
        );
    }
}

mountShell(texts, 'portal.pageTitle');
mountEye(byId('eye'));
new AppList(byId('apps')).load();
