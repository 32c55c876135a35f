/**
 * Asks the server what it reads while the visitor is still drawing. Nothing is stored by it.
 *
 * One question is under way at a time and the newest drawing is asked next, so a slow server gets fewer questions
 * instead of a queue of stale ones. A question that takes too long while a newer drawing waits is given up.
 */
import { call, isAbort } from '../shared/api.js';

const interval = 120;
const patience = 1500;
const pauseAfterFailure = 2000;

/** Fires `reading` and `failure`, with the answer or the error as `detail`. */
export class LiveReader extends EventTarget {
    #readImage;
    #isWanted = false;
    #timer = 0;
    #underWay = null;
    #earliestStart = 0;

    /** `readImage()` gives the data URL of the drawing at the moment the question leaves. */
    constructor(readImage) {
        super();
        this.#readImage = readImage;
    }

    /** Tells that the drawing changed. */
    request() {
        this.#isWanted = true;
        if (this.#underWay === null) {
            this.#schedule();
        } else if (performance.now() - this.#underWay.startedAt > patience) {
            this.#underWay.controller.abort();
        }
    }

    /** Drops the question under way and the next one: there is nothing to read any more. */
    cancel() {
        this.#isWanted = false;
        clearTimeout(this.#timer);
        this.#underWay?.controller.abort();
    }

    #schedule() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#ask(), Math.max(0, this.#earliestStart - performance.now()));
    }

    async #ask() {
        const controller = new AbortController();
        this.#underWay = { controller, startedAt: performance.now() };
        this.#earliestStart = performance.now() + interval;
        this.#isWanted = false;
        try {
            const json = { image: this.#readImage() };
            const answer = await call('POST', 'api/v1/preview', { json, signal: controller.signal });
            // An answer that came in just before it was given up belongs to a drawing that is gone.
            if (!controller.signal.aborted) {
                this.dispatchEvent(new CustomEvent('reading', { detail: answer }));
            }
        } catch (error) {
            if (!isAbort(error)) {
                this.#earliestStart = performance.now() + pauseAfterFailure;
                this.dispatchEvent(new CustomEvent('failure', { detail: error }));
            }
        }
        this.#underWay = null;
        if (this.#isWanted) {
            this.#schedule();
        }
    }
}
