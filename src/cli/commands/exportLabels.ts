import { resolve } from 'node:path';
import type { Command } from 'commander';
import { writeExport } from '../../backend/review/labelExport.ts';
import { ReviewStore } from '../../backend/review/reviewStore.ts';
import type { OpenDatabase } from '../../backend/store/openDatabase.ts';
import { openReadOnly, StoreNotReadyError } from '../../backend/store/openReadOnly.ts';
import { StoreError } from '../../backend/store/storeError.ts';
import {
  DISPUTE_CAUSES,
  EXPORT_FORMATS,
  exportFilterSchema,
  REVIEW_SOURCES,
  type DisputeCause,
  type ExportFilter,
  type ExportFormat,
  type ExportManifest,
  type ReviewSource,
} from '../../contract/review.ts';
import { CliError } from '../cliError.ts';
import { defaultDataDir } from '../loopback/dataDir.ts';
import { oneOf } from '../options.ts';

interface LabelsArguments extends ExportFilterArguments {
  readonly format: ExportFormat;
  readonly out: string;
  readonly data: string;
  readonly json?: true;
}

interface ExportFilterArguments {
  readonly source?: ReviewSource;
  readonly cause?: DisputeCause;
  readonly model?: string;
  readonly family?: string;
}

interface AuditArguments {
  readonly verify?: true;
  readonly data: string;
  readonly json?: true;
}

/** `export labels`: what analysts decided, as data. */
export function registerLabels(parent: Command): void {
  parent
    .command('labels')
    .description('Writes the labels of the review queue and a manifest beside them. Only what is unanimous or adjudicated is exported.')
    .requiredOption('--format <format>', EXPORT_FORMATS.join(', '), oneOf(EXPORT_FORMATS))
    .requiredOption('--out <file>', 'file to write; its manifest is <file>.manifest.json')
    .option('--source <source>', `only items that came from: ${REVIEW_SOURCES.join(', ')}`, oneOf(REVIEW_SOURCES))
    .option('--cause <cause>', `only items disputed because: ${DISPUTE_CAUSES.join(', ')}`, oneOf(DISPUTE_CAUSES))
    .option('--model <id>', 'only items that this model decided on, in either lane')
    .option('--family <vector>', 'only items of this attack family, as the simulation names it')
    .option('--data <directory>', 'folder of the store (OMNIGUARD_DATA)', defaultDataDir())
    .option('--json', 'print the manifest as JSON and nothing else')
    .action(exportLabels);
}

/** `export audit`: proof of the audit chain. */
export function registerAudit(parent: Command): void {
  parent
    .command('audit')
    .description('Proves that the audit trail of the review queue is whole: exit code 0 when it is, 1 when it is not.')
    .option('--verify', 'walk the chain and look up every label in it (always done)')
    .option('--data <directory>', 'folder of the store (OMNIGUARD_DATA)', defaultDataDir())
    .option('--json', 'print the result as JSON and nothing else')
    .action(verifyAudit);
}

async function exportLabels({ format, out, data, json, ...chosen }: LabelsArguments): Promise<void> {
  const filter = filterOf(chosen);
  const manifest = await withReview(data, async (store) => {
    try {
      return await writeExport(store, resolve(out), { format, filter, now: new Date() });
    } catch (error) {
      throw new CliError(`${out} cannot be written: ${error instanceof Error ? error.message : String(error)}`, 1, { cause: error });
    }
  });
  process.stdout.write(json === true ? `${JSON.stringify(manifest, null, 2)}\n` : summary(manifest, out));
}

/** @throws CliError for a model or family that cannot be a name */
function filterOf({ source, cause, model, family }: ExportFilterArguments): ExportFilter {
  const filter = exportFilterSchema.safeParse({
    ...(source === undefined ? {} : { sources: [source] }),
    ...(cause === undefined ? {} : { causes: [cause] }),
    ...(model === undefined ? {} : { model }),
    ...(family === undefined ? {} : { family }),
  });
  if (filter.success) return filter.data;
  const [issue] = filter.error.issues;
  throw new CliError(`--${issue?.path.join('.') ?? 'model'}: ${issue?.message ?? 'not a name'}`, 2);
}

function summary({ rows, bySplit, families, excluded, sha256 }: ExportManifest, out: string): string {
  const left = Object.entries(excluded)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`);
  return [
    `${rows} rows written to ${out} (${bySplit.train} train, ${bySplit.dev} dev, ${bySplit.test} test, ${families} families).`,
    ...(left.length === 0 ? [] : [`Left out: ${left.join(', ')}.`]),
    `SHA-256 ${sha256}`,
    '',
  ].join('\n');
}

async function verifyAudit({ data, json }: AuditArguments): Promise<void> {
  const result = await withReview(data, (store) => store.audit.verify());
  if (json === true) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else if (result.ok) process.stdout.write(`The audit chain is whole: ${result.events} events, newest link ${result.head ?? 'none'}.\n`);
  if (result.ok) return;
  const { broken } = result;
  throw new CliError(`The audit chain is broken at event ${broken?.seq ?? 0}: ${broken?.reason ?? 'it cannot be read'}.`, 1);
}

/** @throws CliError 2 when there is nothing to read, 1 when the store cannot be read */
async function withReview<T>(dataDir: string, work: (store: ReviewStore) => Promise<T>): Promise<T> {
  let database: OpenDatabase;
  try {
    database = openReadOnly(dataDir);
  } catch (error) {
    if (error instanceof StoreNotReadyError) throw new CliError(error.message, 2, { cause: error });
    if (error instanceof StoreError) throw new CliError(error.message, 1, { cause: error });
    throw error;
  }
  try {
    return await work(new ReviewStore(database.db));
  } finally {
    database.close();
  }
}
