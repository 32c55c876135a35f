/**
 * Why something failed, in the visitor's language.
 *
 * The drop-in routes speak French to everyone, so what a page can meet is worded here; other texts are shown as they came.
 */
import { ApiError } from '../shared/api.js';
import { formatBytes } from '../shared/formats.js';
import { t } from '../shared/i18n.js';

const byStatus = { 401: 'error.token', 403: 'error.noToken', 404: 'error.gone', 413: 'error.tooLarge' };

/** Beginnings of what the server tells, and how it reads here. */
const byDetail = [
    ['Modèle non disponible', 'error.noModel'],
    ['Format d\'image invalide', 'error.notAPicture'],
    ['Jetons non vérifiables', 'error.tokensAway'],
    ['Erreur métriques', 'error.figures'],
];

/** Causes of an unreadable picture as the native API names them. */
const pictureCauses = [
    'empty', 'unknown_format', 'unsupported', 'too_many_bytes', 'too_many_pixels', 'side_too_long', 'truncated', 'damaged',
];

/** Whether the server refused who asks rather than what is asked. */
export function isRefusedCaller(error) {
    return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

/** The sentence to show for a failed call. */
export function reasonOf(error) {
    if (!(error instanceof ApiError) || error.kind === 'unreachable') {
        return error.message;
    }
    const known = byDetail.find(([start]) => error.message.startsWith(start));
    if (known !== undefined) {
        return t(known[1]);
    }
    if (error.status in byStatus) {
        return t(byStatus[error.status]);
    }
    return error.message;
}

/** Why a picture could not be read: what the API tells of one picture among several. */
export function pictureReason({ error, error_code: code }, { most_bytes: bytes } = {}) {
    if (!pictureCauses.includes(code)) {
        return t('picture.unreadable', { reason: error });
    }
    return t(`picture.${code}`, { most: bytes === undefined ? '' : formatBytes(bytes) });
}

/** How a prediction without an answer ended, as the history names it. */
export function outcomeText(outcome) {
    const known = ['unreadable', 'not_an_image', 'no_model', 'busy', 'model_failed'];
    return t(known.includes(outcome) ? `outcome.${outcome}` : 'history.none');
}
