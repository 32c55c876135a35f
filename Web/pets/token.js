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

/**
 * Fires `change` when there may be another token.
 *
 * Where the page has a `token-card` around the field, it stays out of sight while the published token does.
 */
export class Token extends EventTarget {
    #field = byId('token');
    #hint = byId('token-hint');
    #reveal = byId('token-reveal');
    #card = document.getElementById('token-card');
    #isKnown = false;
    #isPublished = false;
    #isRefused = false;

    /** What the server said of itself: its limits, and the model that answers. */
    session = {};

    constructor() {
        super();
        this.#field.addEventListener('change', () => this.#take());
        this.#field.addEventListener('input', () => {
            this.#field.removeAttribute('aria-invalid');
        });
        byId('token-form').addEventListener('submit', (event) => {
            event.preventDefault();
            this.#field.blur();
        });
        this.#reveal.addEventListener('click', () => {
            this.#field.type = this.#field.type === 'password' ? 'text' : 'password';
            this.#show();
        });
        onLanguageChange(() => this.#show());
    }

    /** What to send. Marks that no token has, which copying may bring along, are left out. */
    get value() {
        return this.#field.value.replace(/[^\x20-\x7e]/g, '').trim();
    }

    /** Fills the field in, and lets those begin who wait for that. */
    async fill() {
        try {
            await this.ask();
        } catch {
            // Whoever needs the token asks again, and tells what is wrong.
        }
        this.dispatchEvent(new Event('change'));
    }

    /**
     * Asks the server what to fill in, until it has answered once; what the visitor typed before wins.
     *
     * Throws what `call` throws.
     */
    async ask() {
        if (this.#isKnown) {
            return;
        }
        this.session = await call('GET', 'api/v1/session');
        if (this.#isKnown) {
            return;
        }
        this.#isKnown = true;
        const { token: published } = this.session;
        const own = remembered();
        this.#isPublished = published !== null && (own === null || own === published);
        this.#field.value = own ?? published ?? '';
        this.#show();
    }

    /** Marks the token as one that the server refused. */
    refuse() {
        this.#isRefused = true;
        this.#field.setAttribute('aria-invalid', 'true');
        this.#show();
    }

    /** Takes the visitor to the field. */
    focus() {
        this.#field.focus();
    }

    #take() {
        try {
            sessionStorage.setItem(key, this.value);
        } catch {
            // The token then lasts as long as the page.
        }
        this.#isPublished = false;
        this.#isRefused = false;
        this.#show();
        this.dispatchEvent(new Event('change'));
    }

    #show() {
        const state = this.#isRefused ? 'refused' : this.#isPublished ? 'published' : 'own';
        this.#hint.textContent = t(`token.${state}`);
        this.#hint.classList.toggle('field-error', this.#isRefused);
        const isHidden = this.#field.type === 'password';
        this.#reveal.textContent = t(isHidden ? 'token.show' : 'token.hide');
        if (this.#card !== null) {
            this.#card.hidden = !this.#isKnown || (this.#isPublished && !this.#isRefused);
        }
    }
}
