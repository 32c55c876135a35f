/** A row for each class: name, bar and share. */
import { h } from '../shared/dom.js';
import { formatShare } from '../shared/formats.js';
import { t } from '../shared/i18n.js';

export function shareBars(probabilities) {
    return h(
        'dl',
        { class: 'shares' },
        Object.entries(probabilities).flatMap(([animal, share]) => [
            h('dt', {}, t(`animal.${animal}`)),
            h(
                'dd',
                {},
                h('meter', { min: 0, max: 1, value: share, 'aria-hidden': 'true' }),
                h('span', {}, formatShare(share)),
            ),
        ]),
    );
}
