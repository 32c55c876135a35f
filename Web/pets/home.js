/** The home page: what this is and where to go. */
import { mountPetsShell } from './pets-shell.js';

mountPetsShell();
