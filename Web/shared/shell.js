/** What every page has: its texts in place, and the language and theme switches in the header. */
import { byId, h, icon } from './dom.js';
import { addTexts, language, languages, onLanguageChange, setLanguage, t, translate } from './i18n.js';
import { segmented } from './segmented.js';
import { sharedTexts } from './texts.js';
import { setTheme, theme, themes } from './theme.js';

function renderSwitches() {
    const languageSwitch = segmented({
        legend: t('shell.language'),
        options: languages.map((value) => ({
            value,
            label: t(`shell.language.${value}`),
            content: h('abbr', { lang: value }, value.toUpperCase()),
        })),
        selected: language(),
        onSelect: (value) => {
            setLanguage(value);
            // The switches have just been built anew: keep the keyboard where it was.
            byId('switches').querySelector(`input[value="${value}"]`).focus();
        },
    });
    const themeSwitch = segmented({
        legend: t('shell.theme'),
        options: themes.map((value) => ({ value, label: t(`shell.theme.${value}`), content: icon(value) })),
        selected: theme(),
        onSelect: setTheme,
    });
    byId('switches').replaceChildren(languageSwitch, themeSwitch);
}

/** Prepares the page; `texts` are the page's own words and `titleKey` names its title. */
export function mountShell(texts, titleKey) {
    addTexts(sharedTexts);
    addTexts(texts);
    const render = () => {
        document.title = t(titleKey);
        renderSwitches();
    };
    translate();
    render();
    onLanguageChange(render);
    document.documentElement.classList.add('ready');
}
