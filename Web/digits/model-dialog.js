/** The dialog that tells what is known of a model: its file, the values it is given, its trial, its layers. */
import { call, isAbort } from '../shared/api.js';
import { byId, h, notice } from '../shared/dom.js';
import { formatBytes, formatNumber } from '../shared/formats.js';
import { t } from '../shared/i18n.js';
import { dataTable } from './tables.js';

/** `[null, 28, 28, 1]` as `N × 28 × 28 × 1`, never broken over lines. */
function shapeText(shape) {
    return shape === null ? '' : shape.map((length) => length ?? 'N').join('\u00A0×\u00A0');
}

/** The values a model is given, in the words people use for them. */
export function valuesText({ values }) {
    const isPlain = values.mean.every((mean) => mean === 0) && values.standard_deviation.every((one) => one === 1);
    const range = values.scale === 1 ? '0…255' : Math.abs(values.scale * 255 - 1) < 1e-9 ? '0…1' : null;
    const start = range ?? t('model.scaled', { scale: formatNumber(values.scale, 6) });
    if (isPlain) {
        return start;
    }
    const list = (numbers) => numbers.map((number) => formatNumber(number, 4)).join(', ');
    return t('model.standardised', { range: start, mean: list(values.mean), deviation: list(values.standard_deviation) });
}

export function trialText(trial) {
    return t('model.trialResult', { right: formatNumber(trial.right), pictures: formatNumber(trial.pictures) });
}

function facts(model) {
    const { inspection, preprocessing, trial, file } = model;
    const rows = [];
    const add = (name, value) => {
        if (value !== null && value !== undefined && value !== '') {
            rows.push(h('dt', {}, t(`model.${name}`)), h('dd', {}, value));
        }
    };
    add('file', file && `${file.name} (${formatBytes(file.size)})`);
    add('framework', inspection?.framework);
    add('inputs', inspection?.inputs.map((input) => `${input.name}: ${shapeText(input.shape)}`).join('; '));
    add('outputs', inspection?.outputs.map((output) => `${output.name}: ${shapeText(output.shape)}`).join('; '));
    add('parameters', inspection && formatNumber(inspection.parameters));
    add('labels', inspection?.labels?.join(', '));
    add('values', preprocessing && valuesText(preprocessing));
    add('certainty', preprocessing && [
        // The reader of model files speaks English.
        `${t(`model.certainty.${preprocessing.certainty}`)} – `, h('span', { lang: 'en' }, preprocessing.reason),
    ]);
    add('trial', trial && trialText(trial));
    return h('dl', { class: 'facts' }, rows);
}

function content(model) {
    const parts = [];
    if (model.trial?.plausible === false) {
        parts.push(notice('info', `${trialText(model.trial)} ${t('model.implausible')}`));
    }
    if (model.inspection === null) {
        parts.push(notice('info', t('model.unread')));
    }
    parts.push(facts(model));
    const layers = model.inspection?.layers ?? [];
    if (layers.length > 0) {
        const headings = ['layer', 'type', 'shape', 'parameters'].map((name) => t(`model.${name}`));
        const rows = layers.map((layer) => {
            return [layer.name, layer.type, shapeText(layer.output_shape), formatNumber(layer.parameters)];
        });
        parts.push(h('details', { class: 'figures' },
            h('summary', {}, t('model.layers', { count: formatNumber(layers.length) })),
            dataTable(t('model.layers', { count: layers.length }), headings, rows)));
    }
    return parts;
}

export class ModelDialog {
    #dialog;
    #title = byId('model-dialog-title');
    #body = byId('model-dialog-body');
    #controller = null;

    constructor(dialog) {
        this.#dialog = dialog;
        byId('model-dialog-close').addEventListener('click', () => dialog.close());
        dialog.addEventListener('close', () => this.#controller?.abort());
        dialog.addEventListener('click', (event) => {
            if (event.target === dialog) {
                dialog.close();
            }
        });
    }

    /** Shows what the server knows of a model of the list. */
    async open(model) {
        this.#title.textContent = model.name;
        this.#body.replaceChildren(h('p', { class: 'empty', role: 'status' }, t('model.loading')));
        this.#dialog.showModal();
        this.#controller = new AbortController();
        try {
            const path = `api/v1/models/${encodeURIComponent(model.id)}`;
            this.#body.replaceChildren(...content(await call('GET', path, { signal: this.#controller.signal })));
        } catch (error) {
            if (!isAbort(error)) {
                this.#body.replaceChildren(notice('error', error.message));
            }
        }
    }
}
