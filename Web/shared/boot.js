/*
 * Applies the remembered theme and language before the first paint, so that neither flashes.
 * A classic script on purpose: modules run too late.
 */
(() => {
    const root = document.documentElement;
    const remembered = (key) => {
        try {
            return localStorage.getItem(key);
        } catch {
            return null; // Storage may be switched off; the page then follows the system.
        }
    };

    const theme = remembered('prunelle.theme');
    if (theme === 'light' || theme === 'dark') {
        root.dataset.theme = theme;
    }

    const known = ['en', 'fr'];
    const spoken = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
    root.lang = [remembered('prunelle.language'), ...spoken].find((language) => known.includes(language)) ?? 'en';
})();
