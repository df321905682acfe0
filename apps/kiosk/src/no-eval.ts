import { config } from 'zod';

/** Schemas are read, not compiled: the page's content security policy allows no code made at run time. Imported first. */
config({ jitless: true });
