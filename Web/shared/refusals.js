/**
 * Why a model was refused, in the visitor's language.
 *
 * The reader of model files speaks English. A page says the gist in one language and shows the reader's own words below,
 * marked as what they are: they name the layer, the limit or the field.
 */
import { h, notice } from './dom.js';
import { t } from './i18n.js';

/** What the reader's words are about; the first that fits. */
const gists = [
    [/not a model file that is known/, 'refusal.unknown'],
    [/nothing in it was run|can run commands/, 'refusal.dangerous'],
    [/cut off|ends (too early|before)|truncated/, 'refusal.cutOff'],
    [/description/, 'refusal.describe'],
    [/not supported/, 'refusal.unsupported'],
    [/at most|too (large|many|long)|limit/, 'refusal.tooLarge'],
    [/took too long|too much memory/, 'refusal.tooMuch'],
];

/**
 * The gist of a failed call, and the reader's own words or null.
 *
 * @param {Error} error
 * @param {{ beginnings: [string, string][], gists: [RegExp, string][], sentences: Record<string, string> }} api how an
 *     app's API words refusals: what it puts before the reader's words, what these say of this app, and its own texts
 */
function refusalOf(error, api) {
    const beginning = api.beginnings.find(([start]) => error.message.startsWith(start));
    if (beginning === undefined) {
        const key = api.sentences[error.message];
        return { gist: key === undefined ? error.message : t(key), reason: null };
    }
    const [start, key] = beginning;
    const reason = error.message.slice(start.length);
    // What is said of a description is about the description, whatever else it mentions.
    const isOfFile = key === 'refusal.unusable';
    const known = isOfFile ? [...api.gists, ...gists].find(([pattern]) => pattern.test(reason)) : undefined;
    return { gist: t(known?.[1] ?? key), reason };
}

/** A message of a failed call; `sentence` puts the gist into one. */
export function refusalNotice(error, api, sentence = (gist) => gist) {
    const { gist, reason } = refusalOf(error, api);
    const box = notice('error', sentence(gist));
    if (reason !== null) {
        const words = h('q', { lang: 'en' }, reason);
        box.querySelector('.notice-body').append(h('p', { class: 'refusal-words' }, `${t('refusal.reader')} `, words));
    }
    return box;
}
