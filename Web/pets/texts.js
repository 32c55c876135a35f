/** The words of the pets pages; both languages hold the same keys. */
import { english } from './texts-en.js';
import { french } from './texts-fr.js';

export const texts = { en: english, fr: french };
