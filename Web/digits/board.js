/**
 * The drawing: black strokes on white paper of 280 × 280 logical units, or a picture opened in their place.
 *
 * The drawing is kept as strokes, not pixels, so that undo is exact, the screen stays sharp at any size and density,
 * and the exported picture never depends on the screen it was drawn on.
 */

/** Side of the paper in logical units, and of the exported picture in pixels. */
export const side = 280;

const paper = '#ffffff';
const ink = '#000000';
const surroundings = '#d9dde3';

/** Strokes of a pen wide `width` units; `points` are `{ x, y, pressure }`, pressure 1 being the plain width. */
function paintStroke(context, { width, points }) {
    const [first] = points;
    if (points.length === 1) {
        context.beginPath();
        context.arc(first.x, first.y, (width * first.pressure) / 2, 0, 2 * Math.PI);
        context.fill();
        return;
    }
    const isEven = points.every(({ pressure }) => pressure === first.pressure);
    context.lineWidth = width * first.pressure;
    context.beginPath();
    context.moveTo(first.x, first.y);
    // Each piece runs from middle to middle with the point between as its control: smooth, and still local.
    for (let index = 1; index < points.length; index += 1) {
        const point = points[index];
        const previous = points[index - 1];
        const isLast = index === points.length - 1;
        const end = isLast ? point : { x: (previous.x + point.x) / 2, y: (previous.y + point.y) / 2 };
        context.quadraticCurveTo(previous.x, previous.y, end.x, end.y);
        if (!isEven) {
            // A path has one width: each piece of a stroke under changing pressure is a path of its own.
            context.lineWidth = (width * (previous.pressure + point.pressure)) / 2;
            context.stroke();
            context.beginPath();
            context.moveTo(end.x, end.y);
        }
    }
    if (isEven) {
        context.stroke();
    }
}

function paintPicture(context, { bitmap }) {
    const scale = Math.min(side / bitmap.width, side / bitmap.height);
    const width = bitmap.width * scale;
    const height = bitmap.height * scale;
    const frame = [(side - width) / 2, (side - height) / 2, width, height];
    // Grey around the picture, since that part is not sent; paper below it, for transparent pictures.
    context.fillStyle = surroundings;
    context.fillRect(0, 0, side, side);
    context.fillStyle = paper;
    context.fillRect(...frame);
    context.drawImage(bitmap, ...frame);
}

/** Fires `change` whenever what is on the paper changes, and then `rewind` if a stroke may have been taken away. */
export class DrawingBoard extends EventTarget {
    /** Width of the next stroke, in logical units. */
    penWidth = 20;

    #canvas;
    #context;
    #frame = 0;
    /** What is on the paper: strokes, or one picture. Each act makes a new array, so undo goes back to the last. */
    #entries = [];
    #past = [];

    constructor(canvas) {
        super();
        this.#canvas = canvas;
        this.#context = canvas.getContext('2d');
        new ResizeObserver(() => this.#fit()).observe(canvas);
        // Zooming changes the density of the pixels without changing the size of the canvas.
        addEventListener('resize', () => this.#fit());
        this.#fit();
    }

    get canUndo() {
        return this.#past.length > 0;
    }

    get isEmpty() {
        return this.#entries.length === 0;
    }

    /** Starts a stroke; one on an opened picture starts a drawing in its place. */
    beginStroke(point) {
        const stroke = { width: this.penWidth, points: [point] };
        this.#act(this.#picture() === undefined ? [...this.#entries, stroke] : [stroke]);
    }

    /** Lengthens the stroke begun last. */
    extendStroke(points) {
        this.#entries.at(-1).points.push(...points);
        this.#changed();
    }

    /** Puts a picture in place of the drawing; `dataURL` is what the server will get. */
    showPicture({ bitmap, dataURL }) {
        this.#act([{ bitmap, dataURL }]);
    }

    /** Empties the paper; undo brings the drawing back. */
    clear() {
        if (!this.isEmpty) {
            this.#act([]);
            this.dispatchEvent(new Event('rewind'));
        }
    }

    /** Takes back the last stroke, picture or clearing. */
    undo() {
        if (this.canUndo) {
            this.#entries = this.#past.pop();
            this.#changed();
            this.dispatchEvent(new Event('rewind'));
        }
    }

    /** The picture to recognise: a 280 × 280 PNG of the strokes, or the opened picture itself. */
    exportDataURL() {
        const picture = this.#picture();
        if (picture !== undefined) {
            return picture.dataURL;
        }
        const sheet = document.createElement('canvas');
        sheet.width = side;
        sheet.height = side;
        this.#paint(sheet.getContext('2d'), 1);
        return sheet.toDataURL('image/png');
    }

    #picture() {
        return this.#entries.find((entry) => entry.bitmap !== undefined);
    }

    #act(entries) {
        this.#past.push(this.#entries);
        this.#entries = entries;
        this.#changed();
    }

    #changed() {
        this.#schedulePaint();
        this.dispatchEvent(new Event('change'));
    }

    #fit() {
        const pixels = Math.max(1, Math.round(this.#canvas.clientWidth * devicePixelRatio));
        if (this.#canvas.width !== pixels || this.#canvas.height !== pixels) {
            this.#canvas.width = pixels;
            this.#canvas.height = pixels;
            this.#schedulePaint();
        }
    }

    #schedulePaint() {
        cancelAnimationFrame(this.#frame);
        this.#frame = requestAnimationFrame(() => this.#paint(this.#context, this.#canvas.width / side));
    }

    #paint(context, scale) {
        context.setTransform(scale, 0, 0, scale, 0, 0);
        context.fillStyle = paper;
        context.fillRect(0, 0, side, side);
        context.fillStyle = ink;
        context.strokeStyle = ink;
        context.lineCap = 'round';
        context.lineJoin = 'round';
        for (const entry of this.#entries) {
            (entry.bitmap === undefined ? paintStroke : paintPicture)(context, entry);
        }
    }
}
