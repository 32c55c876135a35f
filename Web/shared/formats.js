/** Numbers, shares and dates as the visitor's language writes them. */
import { language } from './i18n.js';

/** 12,345 or 12 345. */
export function formatNumber(value, maximumFractionDigits = 0) {
    return new Intl.NumberFormat(language(), { maximumFractionDigits }).format(value);
}

/** A share 0…1 as a percentage. A share below 1 never reads 100 %: an almost certain model is not a certain one. */
export function formatShare(share, digits = 1) {
    const step = 10 ** -(digits + 2);
    const shown = share < 1 ? Math.min(share, 1 - step) : share;
    const options = { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits };
    return new Intl.NumberFormat(language(), options).format(shown);
}

/** A duration in milliseconds, with its unit. */
export function formatMilliseconds(value) {
    const digits = value < 10 ? 1 : 0;
    return `${formatNumber(value, digits)}\u202Fms`;
}

/** A size in bytes, in the unit that suits it. */
export function formatBytes(bytes) {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
    const rank = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
    const options = { style: 'unit', unit: units[rank], unitDisplay: 'short', maximumFractionDigits: rank > 1 ? 1 : 0 };
    return new Intl.NumberFormat(language(), options).format(bytes / 1000 ** rank);
}

/** Reads the server's dates: UTC, written without a zone, with up to six digits of fraction. */
export function parseServerDate(text) {
    const withoutMicroseconds = text.replace(/(\.\d{3})\d+/, '$1');
    return new Date(/(Z|[+-]\d\d:?\d\d)$/.test(withoutMicroseconds) ? withoutMicroseconds : `${withoutMicroseconds}Z`);
}

/** Day and time, short. */
export function formatDateTime(date) {
    return new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}

/** “3 minutes ago” for the last day, the date before that. */
export function formatAge(date, now = new Date()) {
    const seconds = Math.round((date - now) / 1000);
    const relative = new Intl.RelativeTimeFormat(language(), { numeric: 'auto' });
    if (seconds > -60) {
        return relative.format(0, 'second');
    }
    if (seconds > -3600) {
        return relative.format(Math.round(seconds / 60), 'minute');
    }
    if (seconds > -86400) {
        return relative.format(Math.round(seconds / 3600), 'hour');
    }
    return formatDateTime(date);
}

/** A calendar day, `YYYY-MM-DD`, as day and month. */
export function formatDay(day) {
    const options = { day: 'numeric', month: 'short', timeZone: 'UTC' };
    return new Intl.DateTimeFormat(language(), options).format(new Date(`${day}T00:00:00Z`));
}
