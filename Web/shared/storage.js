/** Remembers a choice of the visitor; silently forgets when the browser refuses storage. */
export function remember(key, value) {
    try {
        if (value === null) {
            localStorage.removeItem(`prunelle.${key}`);
        } else {
            localStorage.setItem(`prunelle.${key}`, value);
        }
    } catch {
        // Private windows may refuse: the choice then lasts as long as the page.
    }
}
