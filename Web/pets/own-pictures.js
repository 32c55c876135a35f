/**
 * Pictures that the visitor shows beside the questions, found by their names.
 *
 * The server keeps no picture. Whoever reviews often has the files, and these never leave the device.
 */
import { byId } from '../shared/dom.js';
import { onLanguageChange, t } from '../shared/i18n.js';

/** Fires `change` when others were chosen. */
export class OwnPictures extends EventTarget {
    #files = new Map();
    #url = null;
    #shown = null;

    constructor() {
        super();
        byId('own-choose').addEventListener('click', () => byId('own-files').click());
        byId('own-files').addEventListener('change', () => {
            for (const file of byId('own-files').files) {
                this.#files.set(file.name, file);
            }
            byId('own-files').value = '';
            this.#tell();
            this.dispatchEvent(new Event('change'));
        });
        onLanguageChange(() => this.#tell());
    }

    /** The address of the picture of that name; null where it is not here. One address is held at a time. */
    address(name) {
        if (this.#shown === name) {
            return this.#url;
        }
        if (this.#url !== null) {
            URL.revokeObjectURL(this.#url);
        }
        const file = this.#files.get(name);
        this.#shown = file === undefined ? null : name;
        this.#url = file === undefined ? null : URL.createObjectURL(file);
        return this.#url;
    }

    #tell() {
        byId('own-count').textContent = this.#files.size === 0 ? '' : t('review.ownCount', { count: this.#files.size });
    }
}
