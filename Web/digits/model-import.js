/** The form that uploads a model file. The server finds the format by itself and says why it refuses a file. */
import { isAbort, upload } from '../shared/api.js';
import { byId, notice } from '../shared/dom.js';
import { formatBytes, formatShare } from '../shared/formats.js';
import { onLanguageChange, t } from '../shared/i18n.js';
import { refusalNotice } from '../shared/refusals.js';
import { trialText, valuesText } from './model-dialog.js';
import { refusals } from './refusals.js';

const fields = ['file', 'name', 'algo'];

/** `best-cnn.v2.h5` proposes the name `best-cnn.v2`. */
function nameOf(file) {
    return file.name.replace(/\.[^.]+$/, '');
}

export class ModelImport {
    #form;
    #onImported;
    #controller = null;
    #place = byId('import-notice');

    constructor(form, onImported) {
        this.#form = form;
        this.#onImported = onImported;
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            if (this.#controller === null && this.#isComplete()) {
                this.#send();
            }
        });
        form.elements.file.addEventListener('change', () => {
            this.#showFile();
            this.#proposeName();
        });
        onLanguageChange(() => this.#showFile());
        this.#showFile();
        byId('import-cancel').addEventListener('click', () => this.#controller?.abort());
    }

    #showFile() {
        const [file] = this.#form.elements.file.files;
        byId('import-file-name').textContent = file === undefined
            ? t('import.noFile')
            : `${file.name} (${formatBytes(file.size)})`;
    }

    #proposeName() {
        const { file, name } = this.#form.elements;
        if (file.files.length > 0 && name.value.trim() === '') {
            name.value = nameOf(file.files[0]);
        }
    }

    /** Marks what is missing and takes the keyboard to the first of it. */
    #isComplete() {
        const missing = fields.filter((field) => this.#form.elements[field].value.trim() === '');
        for (const field of fields) {
            const isMissing = missing.includes(field);
            const message = byId(`import-${field}-error`);
            message.hidden = !isMissing;
            message.textContent = isMissing ? t(`import.missing.${field}`) : '';
            this.#form.elements[field].setAttribute('aria-invalid', String(isMissing));
        }
        if (missing.length > 0) {
            this.#form.elements[missing[0]].focus();
        }
        return missing.length === 0;
    }

    async #send() {
        const { file, name, algo } = this.#form.elements;
        const form = new FormData();
        form.append('name', name.value.trim());
        form.append('algo', algo.value.trim());
        form.append('is_default', String(this.#form.elements.is_default.checked));
        const description = this.#form.elements.description.value.trim();
        if (description !== '') {
            form.append('description', description);
        }
        form.append('file', file.files[0]);
        this.#controller = new AbortController();
        this.#showProgress(0, file.files[0].size);
        this.#setSending(true);
        try {
            const model = await upload('api/v1/models/import', form, {
                onProgress: (share) => this.#showProgress(share, file.files[0].size),
                signal: this.#controller.signal,
            });
            this.#tell(model);
            this.#form.reset();
            this.#showFile();
            this.#onImported();
        } catch (error) {
            this.#place.replaceChildren(
                isAbort(error) ? notice('info', t('import.cancelled')) : refusalNotice(error, refusals),
            );
        } finally {
            this.#controller = null;
            this.#setSending(false);
        }
    }

    /** Says what was found out about the model; a trial that failed is no error, but worth a look. */
    #tell({ name, format, preprocessing, trial }) {
        const found = [t('import.done', { name, format }), t('import.values', { values: valuesText(preprocessing) })];
        if (trial !== null) {
            found.push(trialText(trial));
        }
        const isDoubtful = trial?.plausible === false;
        this.#say(isDoubtful ? 'info' : 'good', [...found, isDoubtful ? t('model.implausible') : ''].join(' ').trim());
    }

    #showProgress(share, size) {
        byId('import-progress-bar').value = share;
        // All bytes sent is not the end: the server still reads, checks and tries the model.
        byId('import-progress-text').textContent = share < 1
            ? t('import.progress', { share: formatShare(share, 0), size: formatBytes(size) })
            : t('import.checking');
    }

    #setSending(isSending) {
        byId('import-send').setAttribute('aria-disabled', String(isSending));
        byId('import-cancel').hidden = !isSending;
        byId('import-progress').hidden = !isSending;
        if (isSending) {
            this.#place.replaceChildren();
        }
    }

    #say(kind, text) {
        this.#place.replaceChildren(notice(kind, text));
    }
}
