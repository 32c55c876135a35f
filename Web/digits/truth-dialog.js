/** The dialog that corrects a record of the list. */
import { byId, h, notice } from '../shared/dom.js';
import { t } from '../shared/i18n.js';
import { keypad, listenToDigitKeys } from './keypad.js';
import { saveTruth } from './truth.js';

export class TruthDialog {
    #dialog;
    #body = byId('truth-body');
    #remove = byId('truth-remove');
    #record = null;
    #onSaved = null;

    constructor(dialog) {
        this.#dialog = dialog;
        byId('truth-close').addEventListener('click', () => dialog.close());
        this.#remove.addEventListener('click', () => this.#save(null));
        listenToDigitKeys(dialog, (digit) => this.#save(digit));
        // A click on the dialog itself, not on what it holds, is a click on the backdrop.
        dialog.addEventListener('click', (event) => {
            if (event.target === dialog) {
                dialog.close();
            }
        });
    }

    /** Asks for the true digit of `record`, of which `picture` is the sign; `onSaved` is told once it is stored. */
    open(record, picture, onSaved) {
        this.#record = record;
        this.#onSaved = onSaved;
        const read = record.pred_digit === null
            ? t('records.unread')
            : t('truth.read', { digit: record.pred_digit });
        this.#body.replaceChildren(
            h('div', { class: 'truth-record' }, picture, h('p', {}, read)),
            keypad({ chosen: record.ground_truth, onPick: (digit) => this.#save(digit) }),
        );
        this.#remove.hidden = record.ground_truth === null;
        this.#dialog.showModal();
    }

    async #save(digit) {
        try {
            await saveTruth(this.#record.id, digit);
        } catch (error) {
            this.#body.querySelector('.notice')?.remove();
            this.#body.append(notice('error', error.message));
            return;
        }
        this.#dialog.close();
        this.#onSaved();
    }
}
