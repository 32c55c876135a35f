/** The token of the API: filled in where the server publishes it, else what the visitor types, for this tab only. */
import { call } from '../shared/api.js';
import { byId } from '../shared/dom.js';
import { onLanguageChange, t } from '../shared/i18n.js';

const key = 'prunelle.pets.token';

function remembered() {
    try {
        return sessionStorage.getItem(key);
    } catch {
        return null;
    }
}

/** Fires `change` when there may be another token. */
export class Token extends EventTarget {
    #field = byId('token');
    #hint = byId('token-hint');
    #isPublished = false;

    constructor() {
        super();
        this.#field.addEventListener('change', () => {
            try {
                sessionStorage.setItem(key, this.value);
            } catch {
                // The token then lasts as long as the page.
            }
            this.dispatchEvent(new Event('change'));
        });
        byId('token-form').addEventListener('submit', (event) => event.preventDefault());
        onLanguageChange(() => this.#showHint());
    }

    /** What to send. */
    get value() {
        return this.#field.value.trim();
    }

    /** Asks the server what to fill in; what the visitor typed before wins. */
    async fill() {
        let published = null;
        try {
            ({ token: published } = await call('GET', 'api/v1/session'));
        } catch {
            // The banner tells that the server does not answer.
        }
        const own = remembered();
        this.#isPublished = published !== null && (own === null || own === published);
        this.#field.value = own ?? published ?? '';
        this.#showHint();
        this.dispatchEvent(new Event('change'));
    }

    /** Takes the visitor to the field, when the server refused the token. */
    focus() {
        this.#field.setAttribute('aria-invalid', 'true');
        this.#field.focus();
        this.#field.addEventListener('input', () => this.#field.removeAttribute('aria-invalid'), { once: true });
    }

    #showHint() {
        this.#hint.textContent = t(this.#isPublished ? 'token.published' : 'token.own');
    }
}
