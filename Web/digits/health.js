/** The small sign in the header that tells whether the server answers. */
import { call, connection } from '../shared/api.js';
import { onLanguageChange, t } from '../shared/i18n.js';

const interval = 30_000;

/** Keeps `sign` up to date: at once when any call fails or succeeds again, and by asking now and then. */
export function mountHealth(sign) {
    let state = 'asking';

    const show = (next) => {
        if (next !== state || sign.textContent === '') {
            state = next;
            sign.dataset.state = state;
            sign.textContent = t(`health.${state}`);
        }
    };
    const ask = async () => {
        if (document.hidden) {
            return;
        }
        try {
            const health = await call('GET', 'api/v1/health');
            show(health.status === 'ok' ? 'ok' : 'degraded');
        } catch {
            show('away');
        }
    };

    connection.addEventListener('change', (event) => (event.detail ? ask() : show('away')));
    document.addEventListener('visibilitychange', ask);
    onLanguageChange(() => {
        sign.textContent = t(`health.${state}`);
    });
    setInterval(ask, interval);
    show('asking');
    ask();
}
