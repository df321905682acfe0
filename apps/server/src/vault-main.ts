/** `npm run vault -- COMMAND`: keys of the template vault, beside a running server or without one. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createPool, findRunningPostgres, startEmbeddedPostgres } from '@smile/postgres';
import { configFromEnvironment } from './config.ts';
import { openKeyFiles, TemplateVault } from './faces/index.ts';
import { runVaultCommand, VAULT_USAGE } from './faces/vault/command.ts';

const words = process.argv.slice(2);
if (words.length === 0 || words[0] === 'help' || words[0] === '--help') {
  console.log(VAULT_USAGE);
  process.exit(words.length === 0 ? 2 : 0);
}
try {
  const config = configFromEnvironment(process.env);
  // A wrong folder must not get a database and keys of its own.
  await access(join(config.dataDir, 'keys')).catch(() => {
    throw new Error(`there are no keys in ${config.dataDir}: is DATA_DIR right, and has the server been started once?`);
  });
  const dir = join(config.dataDir, 'postgres');
  const running = config.databaseUrl ?? (await findRunningPostgres(dir));
  const own = running ? null : await startEmbeddedPostgres({ dir, port: config.databasePort });
  const pool = createPool(running ?? own?.url ?? '', { maxConnections: 2 });
  try {
    const vault = new TemplateVault({ pool, keys: await openKeyFiles(config.dataDir), now: () => new Date() });
    const { exitCode, text } = await runVaultCommand(vault, words, (line) => console.error(line));
    (exitCode === 0 ? console.log : console.error)(text);
    process.exitCode = exitCode;
  } finally {
    await pool.end();
    await own?.stop();
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
