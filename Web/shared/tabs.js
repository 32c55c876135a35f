/**
 * Tabs after the ARIA pattern: arrow keys, Home and End move, the tab in view is part of the address.
 *
 * Each tab is a `button[role=tab]` with `data-tab` and `aria-controls`.
 */
export class Tabs {
    #tabs;
    #onShow;
    #chosen = null;

    /** `onShow(name)` is called for the first tab shown and after each change. */
    constructor(tabList, onShow) {
        this.#tabs = [...tabList.querySelectorAll('[role=tab]')];
        this.#onShow = onShow;
        for (const tab of this.#tabs) {
            tab.addEventListener('click', () => this.show(tab.dataset.tab));
        }
        tabList.addEventListener('keydown', (event) => this.#move(event));
        // Other fragments, such as the skip link's, leave the tab as it is.
        addEventListener('hashchange', () => this.#select(this.#named(this.#chosen)));
        this.#select(this.#named(this.#tabs[0]));
    }

    /** Shows a tab and writes it into the address, so that a reload or a shared link comes back to it. */
    show(name) {
        if (location.hash !== `#${name}`) {
            history.replaceState(null, '', `#${name}`);
        }
        this.#select(this.#named(this.#chosen));
    }

    #named(otherwise) {
        return this.#tabs.find((tab) => tab.dataset.tab === location.hash.slice(1)) ?? otherwise;
    }

    #select(chosen) {
        if (chosen === this.#chosen) {
            return;
        }
        this.#chosen = chosen;
        for (const tab of this.#tabs) {
            const isChosen = tab === chosen;
            tab.setAttribute('aria-selected', String(isChosen));
            tab.tabIndex = isChosen ? 0 : -1;
            document.getElementById(tab.getAttribute('aria-controls')).hidden = !isChosen;
        }
        this.#onShow(chosen.dataset.tab);
    }

    #move(event) {
        const current = this.#tabs.indexOf(document.activeElement);
        const last = this.#tabs.length - 1;
        const target = {
            ArrowRight: current === last ? 0 : current + 1,
            ArrowLeft: current === 0 ? last : current - 1,
            Home: 0,
            End: last,
        }[event.key];
        if (current === -1 || target === undefined) {
            return;
        }
        event.preventDefault();
        this.#tabs[target].focus();
        this.show(this.#tabs[target].dataset.tab);
    }
}
