/** Sends the drawing to be recognised and kept, then asks the visitor whether the answer is right. */
import { call } from '../shared/api.js';

/** Fires `busy` when it starts or stops waiting for the server. */
export class Recogniser extends EventTarget {
    #board;
    #reading;
    #feedback;
    #records;
    #isKept = false;
    isBusy = false;

    constructor(board, reading, feedback, records) {
        super();
        this.#board = board;
        this.#reading = reading;
        this.#feedback = feedback;
        this.#records = records;
        feedback.addEventListener('answered', () => records.load());
        feedback.addEventListener('next', () => board.clear());
    }

    /** The drawing has changed: it may be kept again. */
    forgetKept() {
        this.#isKept = false;
    }

    /** Stores the drawing with what the model reads; a drawing kept already is not kept twice. */
    async recognise() {
        if (this.isBusy || this.#board.isEmpty || this.#isKept) {
            return;
        }
        this.#setBusy(true);
        const image = this.#board.exportDataURL();
        try {
            const prediction = await call('POST', 'api/v1/predict', { json: { image, model_id: null } });
            this.#isKept = true;
            this.#records.rememberDrawing(prediction.id, image);
            this.#reading.showKept(prediction);
            this.#feedback.open(prediction);
            this.#records.load();
        } catch (error) {
            this.#reading.showFailure(error, () => this.recognise());
        } finally {
            this.#setBusy(false);
        }
    }

    #setBusy(isBusy) {
        this.isBusy = isBusy;
        this.dispatchEvent(new Event('busy'));
    }
}
