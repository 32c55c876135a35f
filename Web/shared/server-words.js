/**
 * What the server says of itself, in the visitor's language.
 *
 * Whatever app is asked, the server words its own limits and troubles in English. Texts of an app are the app's to word.
 */
import { t } from './i18n.js';

/** Beginnings of the server's own texts. */
const beginnings = [
    ['Too many requests are waiting', 'api.busy'],
    ['No answer was ready', 'api.slow'],
    ['The request was not sent in time', 'api.slow'],
    ['The server is about to stop', 'api.stopping'],
    ['The store has too much work waiting', 'api.busy'],
    ['The store ', 'api.store'],
    ['The connection to the store broke', 'api.uncertain'],
    ['The body is larger than the limit', 'api.tooLarge'],
];

const byStatus = { 408: 'api.slow', 413: 'api.tooLarge', 503: 'api.later' };

/** The sentence for an answer that is none: of the server's own texts, of a proxy's, or the app's text as it came. */
export function serverWords(status, detail) {
    const known = beginnings.find(([start]) => detail?.startsWith(start));
    if (known !== undefined) {
        return t(known[1]);
    }
    return detail ?? (status in byStatus ? t(byStatus[status]) : null);
}
