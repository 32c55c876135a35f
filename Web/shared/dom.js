/** Small means to build elements without markup in strings. */

const svgNamespace = 'http://www.w3.org/2000/svg';

function assign(element, properties) {
    for (const [name, value] of Object.entries(properties)) {
        if (value === null || value === undefined || value === false) {
            continue;
        }
        if (name.startsWith('on')) {
            element.addEventListener(name.slice(2), value);
        } else {
            element.setAttribute(name, value === true ? '' : String(value));
        }
    }
    return element;
}

/**
 * An HTML element: `h('button', { class: 'plain', onclick: save }, icon('check'), 'Save')`.
 *
 * Properties are attributes, except `on…` which are listeners. False, null and undefined are left out, of the
 * children too.
 */
export function h(name, properties = {}, ...children) {
    const element = assign(document.createElement(name), properties);
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

/** An SVG element. */
export function svg(name, properties = {}, ...children) {
    const element = assign(document.createElementNS(svgNamespace, name), properties);
    element.append(...children);
    return element;
}

/** An icon of `icons.svg`, hidden from screen readers: the text beside it says the same. */
export function icon(name) {
    const use = svg('use', { href: `/assets/shared/icons.svg#${name}` });
    return svg('svg', { class: 'icon', 'aria-hidden': 'true' }, use);
}

/** A button in the look of the pages; `look` is one of the `button-…` classes, `sign` an icon. */
export function button(text, onclick, { look, sign, ...properties } = {}) {
    const classes = look === undefined ? 'button' : `button button-${look}`;
    return h('button', { type: 'button', class: classes, onclick, ...properties }, sign && icon(sign), text);
}

/** The one element of the page with this id; a page without it is a mistake of ours, told at once. */
export function byId(id) {
    const element = document.getElementById(id);
    if (element === null) {
        throw new Error(`The page has no element "${id}"`);
    }
    return element;
}

/** A boxed message; `kind` is `info`, `error` or `good`. Errors are announced at once, the others politely. */
export function notice(kind, text, ...actions) {
    const sign = { info: 'eye', error: 'alert', good: 'check' }[kind];
    const role = kind === 'error' ? 'alert' : 'status';
    const body = h('div', { class: 'notice-body' }, h('p', {}, text), actions.length > 0 && h('p', {}, actions));
    return h('div', { class: `notice notice-${kind}`, role }, icon(sign), body);
}
