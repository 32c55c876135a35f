/** The information page: the model that answers, how it fares, the models to choose from, and the days with feedback. */
import { call } from '../shared/api.js';
import { byId, h } from '../shared/dom.js';
import { formatNumber } from '../shared/formats.js';
import { onLanguageChange, t } from '../shared/i18n.js';
import { LoadedView } from '../shared/loaded-view.js';
import { segmented } from '../shared/segmented.js';
import { FeedbackDays } from './feedback-days.js';
import { ModelUpload } from './model-upload.js';
import { ModelsView } from './models-view.js';
import { mountPetsShell } from './pets-shell.js';
import { reasonOf } from './reasons.js';
import { Token } from './token.js';
import { WatchView, windows } from './watch-view.js';

/** The facts that are open to everyone. */
class ModelFacts extends LoadedView {
    async fetchData(signal) {
        const [info, session] = await Promise.all([
            call('GET', 'api/info', { signal }),
            call('GET', 'api/v1/session', { signal }),
        ]);
        return { ...info, name: session.model?.name ?? null };
    }

    content({ name, parameters, version }) {
        const facts = [
            [t('info.modelName'), name ?? t('info.none')],
            [t('info.parameters'), formatNumber(parameters)],
            [t('info.version'), version],
        ];
        return [h('dl', { class: 'facts' }, facts.flatMap(([term, fact]) => [h('dt', {}, term), h('dd', {}, fact)]))];
    }

    explain(error) {
        return reasonOf(error);
    }
}

async function showWeek() {
    const place = byId('week');
    try {
        place.textContent = JSON.stringify(await call('GET', 'api/metrics/7d'), null, 2);
    } catch (error) {
        place.textContent = reasonOf(error);
    }
}

function showWindows(watch) {
    byId('watch-window').replaceChildren(
        segmented({
            legend: t('watch.window'),
            options: windows.map((days) => ({ value: String(days), label: t(`watch.window.${days}`) })),
            selected: String(watch.days),
            onSelect: (value) => watch.show(Number(value)),
        }),
    );
}

mountPetsShell();

const token = new Token();
const facts = new ModelFacts(byId('model'));
const watch = new WatchView(byId('watch'), token);
const models = new ModelsView(byId('models'), byId('models-notice'), token);
models.addEventListener('switched', () => facts.load());
// Without a token there is nothing to add a model with.
models.addEventListener('loaded', () => {
    byId('upload').hidden = false;
});
new ModelUpload(byId('upload-form'), token).addEventListener('added', () => {
    facts.load();
    models.load();
});
byId('watch-refresh').addEventListener('click', () => watch.load());
showWindows(watch);
onLanguageChange(() => showWindows(watch));
token.fill();
facts.load();
new FeedbackDays(byId('figures')).load();
showWeek();
