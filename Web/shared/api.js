/**
 * Calls to the server, at addresses relative to the page: the same page works under a prefix and at the root.
 *
 * Failures are `ApiError`s; an aborted call is the browser's own `AbortError`.
 */
import { t } from './i18n.js';
import { serverWords } from './server-words.js';

/** Why a call failed, in words for the visitor. */
export class ApiError extends Error {
    /**
     * @param {'unreachable' | 'refused' | 'failed'} kind no answer; the server says why not (4xx); its own fault (5xx)
     * @param {number | null} status
     * @param {string | null} detail the server's explanation
     */
    constructor(kind, status = null, detail = null) {
        const isOffline = kind === 'unreachable' && !navigator.onLine;
        const told = kind === 'unreachable' ? null : serverWords(status, detail);
        super(told ?? t(isOffline ? 'api.offline' : `api.${kind}`, { status }));
        this.name = 'ApiError';
        this.kind = kind;
        this.status = status;
    }
}

/** Fires `change` with `detail` true or false as the server starts or stops answering. */
export const connection = new EventTarget();

let answering = null;

function setAnswering(next) {
    if (answering !== next) {
        answering = next;
        connection.dispatchEvent(new CustomEvent('change', { detail: next }));
    }
}

/** True when a failure is only a call we gave up ourselves. */
export function isAbort(error) {
    return error.name === 'AbortError';
}

function parse(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}

/** The value of an answer, or the error it tells. A proxy's 502 to 504 means that the server is away. */
function settle(status, text) {
    const isAway = status >= 502 && status <= 504 && parse(text)?.detail === undefined;
    setAnswering(!isAway);
    if (isAway) {
        throw new ApiError('unreachable', status);
    }
    const value = parse(text);
    if (status >= 200 && status < 300 && value !== null) {
        return value;
    }
    const detail = typeof value?.detail === 'string' ? value.detail : null;
    throw new ApiError(status >= 400 && status < 500 ? 'refused' : 'failed', status, detail);
}

/**
 * Sends a request and returns the JSON value of the answer.
 *
 * The body is `json`, or a `form`; `token` is sent as a bearer token.
 */
export async function call(method, path, { json, form, token, headers: others, signal } = {}) {
    const headers = { Accept: 'application/json', ...others };
    if (json !== undefined) {
        headers['Content-Type'] = 'application/json';
    }
    if (token !== undefined) {
        headers.Authorization = `Bearer ${token}`;
    }
    const body = json === undefined ? form : JSON.stringify(json);
    let status;
    let text;
    try {
        const response = await fetch(path, { method, headers, body, signal });
        status = response.status;
        text = await response.text();
    } catch (error) {
        if (isAbort(error)) {
            throw error;
        }
        setAnswering(false);
        throw new ApiError('unreachable');
    }
    return settle(status, text);
}

/** Fetches a file that needs a token, which a plain link cannot send, and hands it to the visitor under `name`. */
export async function download(path, name, { token }) {
    let response;
    try {
        response = await fetch(path, { headers: { Authorization: `Bearer ${token}` } });
    } catch {
        setAnswering(false);
        throw new ApiError('unreachable');
    }
    if (!response.ok) {
        settle(response.status, await response.text());
    }
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = name;
    link.click();
    // The browser has begun to save it by then.
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * Posts a form and tells the share sent, 0…1; `token` is sent as a bearer token.
 *
 * XMLHttpRequest, since `fetch` reports no upload progress.
 */
export function upload(path, form, { onProgress, token, signal }) {
    return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.open('POST', path);
        request.setRequestHeader('Accept', 'application/json');
        if (token !== undefined) {
            request.setRequestHeader('Authorization', `Bearer ${token}`);
        }
        request.upload.addEventListener('progress', (event) => {
            if (event.lengthComputable) {
                onProgress(event.loaded / event.total);
            }
        });
        request.addEventListener('load', () => {
            try {
                resolve(settle(request.status, request.responseText));
            } catch (error) {
                reject(error);
            }
        });
        request.addEventListener('error', () => {
            setAnswering(false);
            reject(new ApiError('unreachable'));
        });
        request.addEventListener('abort', () => reject(new DOMException('The upload was cancelled.', 'AbortError')));
        signal?.addEventListener('abort', () => request.abort());
        request.send(form);
    });
}
