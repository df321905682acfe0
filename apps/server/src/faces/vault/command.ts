import type { TemplateVault, VaultStatus } from './template-vault.ts';

export const VAULT_USAGE = `npm run vault -- COMMAND

  status                 what is in the vault, and which key holds how much (--json for programs)
  rotate-kek             make a new version of the key-encryption key and wrap every data key by it
  rewrap                 wrap by the newest version what is not: goes on where rotate-kek was cut off
  retire-kek VERSION     destroy an earlier version that nothing hangs on any more
  renew PERSON           a new transform and data key for one person
  renew --all            the same for everybody; goes on where a run was cut off
  drop-model VERSION     delete every template of a model version that is no longer used

All of them run beside a running server. docs/vault.md is the runbook.`;

export type CommandResult = { readonly exitCode: 0 | 1 | 2; readonly text: string };

/** One command of `npm run vault`. Says what was done; `say` gets progress on long ones. */
export async function runVaultCommand(
  vault: TemplateVault,
  words: readonly string[],
  say: (line: string) => void = () => undefined,
): Promise<CommandResult> {
  const [command, argument, ...rest] = words;
  const done = (text: string): CommandResult => ({ exitCode: 0, text });
  const usage: CommandResult = { exitCode: 2, text: VAULT_USAGE };
  if (rest.length > 0) return usage;
  try {
    switch (command) {
      case 'status': {
        if (argument !== undefined && argument !== '--json') return usage;
        const status = await vault.status();
        return done(argument === '--json' ? JSON.stringify(status, null, 2) : statusText(status));
      }
      case 'rotate-kek': {
        if (argument !== undefined) return usage;
        const { key, rewrapped } = await vault.rotateKek((count) => say(`${count} wrapped`));
        return done(`Version ${key.version} (${key.keyId}) wraps now; ${rewrapped} data keys were wrapped by it.`);
      }
      case 'rewrap': {
        if (argument !== undefined) return usage;
        return done(`${await vault.rewrap((count) => say(`${count} wrapped`))} data keys were wrapped anew.`);
      }
      case 'retire-kek': {
        if (argument === undefined || !/^[1-9]\d{0,5}$/.test(argument)) return usage;
        await vault.retireKek(Number(argument));
        return done(
          `Version ${argument} is destroyed. Backups of face_keys from before its rotation open nothing now.`,
        );
      }
      case 'renew': {
        if (argument === undefined) return usage;
        const renewed =
          argument === '--all' ? await vault.renewAll((count) => say(`${count} renewed`)) : await vault.renew(argument);
        return done(`${renewed} templates were renewed.`);
      }
      case 'drop-model': {
        if (argument === undefined) return usage;
        return done(`${await vault.removeModel(argument)} templates of ${argument} were deleted, with their keys.`);
      }
      default:
        return usage;
    }
  } catch (error) {
    return { exitCode: 1, text: error instanceof Error ? error.message : String(error) };
  }
}

function statusText({ templates, keys, missingKeyIds, fromBefore, renewal }: VaultStatus): string {
  const lines = ['Templates'];
  for (const { modelVersion, count, simulated } of templates) {
    lines.push(`  ${modelVersion}: ${count}${simulated > 0 ? ` (${simulated} simulated)` : ''}`);
  }
  if (templates.length === 0) lines.push('  none');
  lines.push('Key-encryption keys');
  for (const { keyId, version, count, newest } of keys) {
    const state = newest ? 'in use' : count > 0 ? 'still needed: run rewrap' : 'can be retired';
    lines.push(`  version ${version} (${keyId}): holds ${count}, ${state}`);
  }
  for (const keyId of missingKeyIds) lines.push(`  MISSING ${keyId}: what it holds cannot be opened`);
  if (fromBefore > 0)
    lines.push(`${fromBefore} templates are from before the vault; the server moves them in at its start.`);
  if (renewal)
    lines.push(`A renewal was begun at ${renewal.cutoff.toISOString()}: ${renewal.left} templates are left.`);
  return lines.join('\n');
}
