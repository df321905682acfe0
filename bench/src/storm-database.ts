/** Holds a PostgreSQL for the storm: `node storm-database.ts FOLDER PORT`. Both are killed together. */
import { startEmbeddedPostgres } from '@smile/postgres';

const [dir, port] = process.argv.slice(2);
const server = await startEmbeddedPostgres({ dir, port: Number(port) });
process.send?.(server.url);
// Whoever started this has gone: then so does the database.
process.on('disconnect', () => void server.stop().then(() => process.exit(0)));
