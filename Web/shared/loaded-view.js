/** A part of the page that shows what the server tells: waiting, failed with a way to try again, or the answer. */
import { connection, isAbort } from './api.js';
import { button, h, notice } from './dom.js';
import { onLanguageChange, t } from './i18n.js';

/** Subclasses give `fetchData(signal)` and `content(data)`, the nodes to show. */
export class LoadedView extends EventTarget {
    #place;
    #controller = null;
    #data = null;
    #error = null;

    constructor(place) {
        super();
        this.#place = place;
        onLanguageChange(() => this.render());
        // What failed while the server was away is asked again once it is back.
        connection.addEventListener('change', ({ detail: isBack }) => {
            if (isBack && this.#error?.kind === 'unreachable') {
                this.load();
            }
        });
    }

    /** Asks again; an older question is given up, and the old answer stays in view until the new one is there. */
    async load() {
        this.#controller?.abort();
        const controller = new AbortController();
        this.#controller = controller;
        this.#place.setAttribute('aria-busy', 'true');
        if (this.#data === null) {
            this.#error = null;
            this.render();
        }
        try {
            this.#data = await this.fetchData(controller.signal);
            this.#error = null;
        } catch (error) {
            if (isAbort(error)) {
                return;
            }
            this.#error = error;
        }
        if (!controller.signal.aborted) {
            this.#place.setAttribute('aria-busy', 'false');
            this.render();
        }
    }

    /** Shows the present state again, keeping the keyboard on the control it was on (named by `data-focus`). */
    render() {
        const focused = this.#place.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
        this.#place.replaceChildren(...this.#nodes());
        if (focused !== undefined) {
            this.#place.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
        }
    }

    /** Why the answer could not be had, for the visitor. */
    explain(error) {
        return error.message;
    }

    /** Forgets the answer in view, when the question has changed. */
    forget() {
        this.#data = null;
    }

    #nodes() {
        if (this.#error !== null) {
            return [notice('error', this.explain(this.#error), button(t('shell.retry'), () => this.load()))];
        }
        if (this.#data === null) {
            return [h('p', { class: 'loading', role: 'status' }, t('shell.loading'))];
        }
        return this.content(this.#data);
    }
}
