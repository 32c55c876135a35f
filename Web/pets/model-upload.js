/** The form that adds a model. The server finds the format by itself and says why it refuses a file. */
import { isAbort, upload } from '../shared/api.js';
import { byId, notice } from '../shared/dom.js';
import { formatBytes, formatShare } from '../shared/formats.js';
import { onLanguageChange, t } from '../shared/i18n.js';
import { refusalNotice } from '../shared/refusals.js';
import { isRefusedCaller } from './reasons.js';
import { refusals } from './refusals.js';

/** Fires `added` once a model is on the server. */
export class ModelUpload extends EventTarget {
    #form;
    #token;
    #place = byId('upload-notice');
    #controller = null;

    constructor(form, token) {
        super();
        this.#form = form;
        this.#token = token;
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            if (this.#controller === null && this.#isComplete()) {
                this.#send();
            }
        });
        form.elements.file.addEventListener('change', () => this.#take());
        byId('upload-cancel').addEventListener('click', () => this.#controller?.abort());
        onLanguageChange(() => this.#showFile());
        this.#showFile();
    }

    get #file() {
        return this.#form.elements.file.files[0];
    }

    /** Shows the chosen file; `best-cnn.v2.h5` proposes the name `best-cnn.v2`. */
    #take() {
        this.#showFile();
        // What was said was said of another file.
        this.#place.replaceChildren();
        byId('upload-file-error').textContent = '';
        const { name } = this.#form.elements;
        if (this.#file !== undefined && name.value.trim() === '') {
            name.value = this.#file.name.replace(/\.[^.]+$/, '');
        }
    }

    #showFile() {
        byId('upload-file-name').textContent = this.#file === undefined
            ? t('upload.noFile')
            : `${this.#file.name} (${formatBytes(this.#file.size)})`;
    }

    /** Marks what is missing and takes the keyboard to the first of it. */
    #isComplete() {
        const missing = ['file', 'name'].filter((field) => this.#form.elements[field].value.trim() === '');
        for (const field of ['file', 'name']) {
            const isMissing = missing.includes(field);
            byId(`upload-${field}-error`).textContent = isMissing ? t(`upload.missing.${field}`) : '';
            this.#form.elements[field].setAttribute('aria-invalid', String(isMissing));
        }
        if (missing.length === 0 && this.#file.size === 0) {
            byId('upload-file-error').textContent = t('refusal.empty');
            missing.push('file');
        }
        if (missing.length > 0) {
            this.#form.elements[missing[0]].focus();
        }
        return missing.length === 0;
    }

    #body() {
        const { name, description, isDefault } = this.#form.elements;
        const form = new FormData();
        form.append('name', name.value.trim());
        form.append('is_default', String(isDefault.checked));
        if (description.value.trim() !== '') {
            form.append('description', description.value.trim());
        }
        form.append('file', this.#file);
        return form;
    }

    async #send() {
        const { size } = this.#file;
        this.#controller = new AbortController();
        this.#showSending(true);
        this.#showProgress(0, size);
        try {
            const { name, format } = await upload('api/v1/models/import', this.#body(), {
                token: this.#token.value,
                signal: this.#controller.signal,
                onProgress: (share) => this.#showProgress(share, size),
            });
            this.#place.replaceChildren(notice('good', t('upload.done', { name, format })));
            this.#form.reset();
            this.#showFile();
            this.dispatchEvent(new Event('added'));
        } catch (error) {
            this.#tell(error);
        }
        this.#controller = null;
        this.#showSending(false);
    }

    #tell(error) {
        if (isAbort(error)) {
            this.#place.replaceChildren(notice('info', t('upload.cancelled')));
        } else if (isRefusedCaller(error)) {
            this.#token.refuse();
            this.#place.replaceChildren(notice('error', t('error.token')));
        } else {
            this.#place.replaceChildren(refusalNotice(error, refusals));
        }
    }

    #showProgress(share, size) {
        const bar = byId('upload-bar');
        if (share < 1) {
            bar.value = share;
        } else {
            // All bytes sent is not the end: the server still reads, checks and tries the model.
            bar.removeAttribute('value');
        }
        byId('upload-progress-text').textContent = share < 1
            ? t('picture.sent', { share: formatShare(share, 0), size: formatBytes(size) })
            : t('models.switching');
    }

    #showSending(isSending) {
        byId('upload-send').setAttribute('aria-disabled', String(isSending));
        byId('upload-cancel').hidden = !isSending;
        byId('upload-progress').hidden = !isSending;
        if (isSending) {
            this.#place.replaceChildren();
        }
    }
}
