/** Light, dark, or whatever the system says. `boot.js` has applied the remembered choice already. */
import { remember } from './storage.js';

export const themes = ['system', 'light', 'dark'];

const changes = new EventTarget();
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
systemIsDark.addEventListener('change', () => changes.dispatchEvent(new Event('change')));

/** The choice in force: `system`, `light` or `dark`. */
export function theme() {
    return document.documentElement.dataset.theme ?? 'system';
}

/** Applies and remembers a choice. */
export function setTheme(next) {
    if (next === 'system') {
        delete document.documentElement.dataset.theme;
    } else {
        document.documentElement.dataset.theme = next;
    }
    remember('theme', next === 'system' ? null : next);
    changes.dispatchEvent(new Event('change'));
}

/** Calls `listener` when the colours change, by the visitor's choice or the system's. */
export function onThemeChange(listener) {
    changes.addEventListener('change', listener);
}

/** The colour a custom property stands for now, as the browser resolves it (for canvases, which know no CSS). */
export function resolveColour(property) {
    const probe = document.createElement('span');
    probe.style.color = `var(${property})`;
    document.body.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
}
