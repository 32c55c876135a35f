/**
 * Why the server refused a model, in the visitor's language.
 *
 * The API speaks French around what the file's reader says, and the reader speaks English. A page says the gist in one
 * language and shows the reader's own words below, marked as what they are: they name the layer, the limit or the field.
 */
import { h, notice } from '../shared/dom.js';
import { t } from '../shared/i18n.js';

/** What the API puts before the words of a reader, and the gist where these tell no more. */
const beginnings = [
    ['Modèle inutilisable : ', 'refusal.unusable'],
    ['Champ \'description\' invalide : ', 'refusal.wrongDescription'],
];

/** What the reader's words are about; the first that fits. */
const gists = [
    [/not a model file that is known/, 'refusal.unknown'],
    [/nothing in it was run|can run commands/, 'refusal.dangerous'],
    [/cut off|ends (too early|before)|truncated/, 'refusal.cutOff'],
    [/a digits model takes one grey picture/, 'refusal.input'],
    [/a digits model gives/, 'refusal.output'],
    [/a digits model has one, a picture/, 'refusal.inputs'],
    [/the model has no output/, 'refusal.output'],
    [/description/, 'refusal.describe'],
    [/not supported/, 'refusal.unsupported'],
    [/at most|too (large|many|long)|limit/, 'refusal.tooLarge'],
    [/took too long|too much memory/, 'refusal.tooMuch'],
];

/** Whole texts of the API, which need no reader's words. */
const sentences = {
    'Le fichier du modèle est vide': 'refusal.empty',
    'Aucun modèle précédent': 'refusal.noEarlier',
    'Not found.': 'refusal.gone',
};

const byStatus = { 413: 'refusal.heavy', 503: 'refusal.busy' };

/** The gist of a failed call for the visitor, and the reader's own words or null. */
export function refusalOf(error) {
    const beginning = beginnings.find(([start]) => error.message.startsWith(start));
    if (beginning !== undefined) {
        const reason = error.message.slice(beginning[0].length);
        const isReaders = beginning[1] === 'refusal.unusable';
        const gist = isReaders ? gists.find(([pattern]) => pattern.test(reason)) : undefined;
        return { gist: t(gist?.[1] ?? beginning[1]), reason };
    }
    const key = sentences[error.message] ?? byStatus[error.status];
    return { gist: key === undefined ? error.message : t(key), reason: null };
}

/** A message of a failed call; `sentence` puts the gist into a sentence. */
export function refusalNotice(error, sentence = (gist) => gist) {
    const { gist, reason } = refusalOf(error);
    const box = notice('error', sentence(gist));
    if (reason !== null) {
        const words = h('q', { lang: 'en' }, reason);
        box.querySelector('.notice-body').append(h('p', { class: 'refusal-words' }, `${t('refusal.reader')} `, words));
    }
    return box;
}
