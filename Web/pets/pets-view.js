/** A part of a pets page that shows what the server tells, to those whose token it takes. */
import { notice } from '../shared/dom.js';
import { t } from '../shared/i18n.js';
import { LoadedView } from '../shared/loaded-view.js';
import { isRefusedCaller, reasonOf } from './reasons.js';

/** Subclasses give `fetchWith(token, signal)` and `contentOf(data)`. */
export class PetsView extends LoadedView {
    #token;

    constructor(place, token) {
        super(place);
        this.#token = token;
        token.addEventListener('change', () => {
            this.forget();
            this.load();
        });
    }

    get token() {
        return this.#token.value;
    }

    /** Nothing is asked while there is no token: the server would only refuse. */
    async fetchData(signal) {
        await this.#token.ask();
        if (this.token === '') {
            return { isLocked: true };
        }
        try {
            return await this.fetchWith(this.token, signal);
        } catch (error) {
            if (isRefusedCaller(error)) {
                this.#token.refuse();
            }
            throw error;
        }
    }

    content(data) {
        return data.isLocked ? [notice('info', t('token.needed'))] : this.contentOf(data);
    }

    explain(error) {
        return reasonOf(error);
    }
}
