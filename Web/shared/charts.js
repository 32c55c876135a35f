/** Charts drawn by Chart.js, which the server takes from an installed package; loaded when first needed. */
import { onThemeChange, resolveColour } from './theme.js';

const address = '/assets/vendor/chart.js/chart.min.js';
const prefersStill = matchMedia('(prefers-reduced-motion: reduce)');

let loading = null;

/** The charts on the page; those whose canvas has gone are let go at the next change. */
const drawn = new Map();

function load() {
    loading ??= new Promise((resolve, reject) => {
        const script = document.createElement('script');
        script.src = address;
        script.addEventListener('load', () => resolve(window.Chart));
        script.addEventListener('error', () => {
            loading = null; // The next visit of the tab tries again.
            reject(new Error('Chart.js did not load'));
        });
        document.head.append(script);
    });
    return loading;
}

function axis(colours, settings) {
    return {
        beginAtZero: true,
        grid: { color: colours.line, drawBorder: false, ...settings.grid },
        ticks: { color: colours.muted, maxRotation: 0, ...settings.ticks },
        title: { display: settings.title !== undefined, text: settings.title, color: colours.muted },
        ...settings.axis,
    };
}

function configuration({ labels, series, formats, title = series[0].label }) {
    const colours = {
        ink: resolveColour('--ink'),
        muted: resolveColour('--muted'),
        line: resolveColour('--line'),
        surface: resolveColour('--surface'),
    };
    const paints = ['--chart-1', '--chart-2', '--chart-3'].map(resolveColour);
    const scales = {
        x: axis(colours, { grid: { display: false }, ticks: { autoSkipPadding: 12 } }),
        y: axis(colours, { title, ticks: { precision: 0, callback: formats[0] } }),
    };
    if (series.some(({ onRight }) => onRight)) {
        scales.right = axis(colours, {
            title: series.at(-1).label,
            grid: { display: false },
            ticks: { callback: formats.at(-1) },
            axis: { position: 'right', max: 1 },
        });
    }
    return {
        data: {
            labels,
            datasets: series.map(({ type, label, values, onRight }, index) => ({
                type,
                label,
                data: values,
                yAxisID: onRight ? 'right' : 'y',
                backgroundColor: paints[index],
                borderColor: paints[index],
                borderWidth: type === 'line' ? 2 : 0,
                pointRadius: 3,
                borderRadius: 3,
                maxBarThickness: 36,
                // Room for points on the upper edge, such as 100 %.
                clip: 8,
                // Chart.js draws lower orders on top: lines belong above bars.
                order: type === 'line' ? 0 : 1,
            })),
        },
        options: {
            animation: prefersStill.matches ? false : { duration: 300 },
            maintainAspectRatio: false,
            interaction: { mode: 'index', intersect: false },
            scales,
            plugins: {
                legend: { display: series.length > 1, labels: { color: colours.ink, boxWidth: 12, boxHeight: 12 } },
                tooltip: {
                    callbacks: {
                        label: (item) => `${item.dataset.label} ${formats[item.datasetIndex](item.raw)}`,
                    },
                },
            },
        },
    };
}

/**
 * Draws a chart into `canvas` and keeps it in the colours of the theme as long as the canvas is on the page.
 *
 * `series` are at most three `{ type, label, values, onRight }`, a share 0…1 on the right; `formats` holds one function
 * per series that writes a value; `title` stands beside the left axis, the first series' label unless given.
 */
export async function drawChart(canvas, chart) {
    const Chart = await load();
    if (!canvas.isConnected) {
        return;
    }
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    drawn.set(canvas, { instance: new Chart(canvas, configuration(chart)), chart });
}

/** Frees the charts whose canvas is no longer on the page. */
export function releaseCharts() {
    for (const [canvas, { instance }] of drawn) {
        if (!canvas.isConnected) {
            instance.destroy();
            drawn.delete(canvas);
        }
    }
}

onThemeChange(() => {
    releaseCharts();
    for (const [canvas, entry] of drawn) {
        entry.instance.destroy();
        entry.instance = new window.Chart(canvas, configuration(entry.chart));
    }
});
