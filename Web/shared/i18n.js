/**
 * Texts in the visitor's language.
 *
 * Pages carry keys, not words: `data-i18n="key"` fills the text of an element, `data-i18n-title`, `-aria-label`,
 * `-placeholder` and `-alt` fill that attribute. `boot.js` has put the language on the root element already.
 */
import { remember } from './storage.js';

export const languages = ['fr', 'en'];

const dictionaries = { en: new Map(), fr: new Map() };
const translatedAttributes = ['aria-label', 'title', 'placeholder', 'alt'];
const changes = new EventTarget();

/** Adds `{ en: { key: text }, fr: { key: text } }`; called by each page for its own words. */
export function addTexts(texts) {
    for (const language of languages) {
        for (const [key, text] of Object.entries(texts[language])) {
            dictionaries[language].set(key, text);
        }
    }
}

/** The language in use: `en` or `fr`. */
export function language() {
    return document.documentElement.lang;
}

/** Switches the whole page, and remembers the choice. */
export function setLanguage(next) {
    if (next === language()) {
        return;
    }
    document.documentElement.lang = next;
    remember('language', next);
    translate();
    changes.dispatchEvent(new Event('change'));
}

/** Calls `listener` after each switch, once the static texts have been replaced. */
export function onLanguageChange(listener) {
    changes.addEventListener('change', listener);
}

/** The text of `key` with each `{name}` replaced from `values`. */
export function t(key, values = {}) {
    const text = dictionaries[language()].get(key);
    if (text === undefined) {
        console.error(`No ${language()} text for "${key}"`);
        return key;
    }
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Fills every keyed text and attribute below `root`. */
export function translate(root = document) {
    for (const element of root.querySelectorAll('[data-i18n]')) {
        element.textContent = t(element.dataset.i18n);
    }
    for (const attribute of translatedAttributes) {
        for (const element of root.querySelectorAll(`[data-i18n-${attribute}]`)) {
            element.setAttribute(attribute, t(element.getAttribute(`data-i18n-${attribute}`)));
        }
    }
}
