import { counted } from '../base/counted';
import { errorText } from '../base/errors';
import { type AuditFilter } from '../domain/audit/auditFilter';
import { EXPORT_FORMATS, type ExportFormat } from '../domain/audit/export/trailFormat';
import { nearestKey } from '../domain/policy/nearestKey';
import { exportTrail } from '../storage/exportTrail';
import { systemClock } from '../storage/system';
import { withTrail } from './auditCommands';
import { FILTER_ARGUMENTS, readAuditFilter } from './auditFilterOptions';
import { type Command } from './command';
import { needed, readCommandLine, UsageError } from './commandLine';
import { type CliOutput } from './output';
import { printable } from './printable';

/** What `audit export` does. */
export interface AuditExportOptions {
	readonly filter: AuditFilter;
	readonly format: ExportFormat;
	/** A file, or `-` for stdout. */
	readonly out: string;
	readonly overwrite: boolean;
	readonly loadWasm: () => Promise<Uint8Array>;
	/** Writes into the trail that it was given away: resolves with why that could not be, or undefined where it stands there. */
	readonly record: (dir: string, detail: string) => Promise<string | undefined>;
}

/** `audit export DIR`: a copy of what matches in another form. Does not verify; says what it wrote on stderr. */
export function auditExport(dir: string, options: AuditExportOptions, out: CliOutput): Promise<number> {
	return withTrail('audit export', dir, out, async () => {
		const { filter, format, overwrite, loadWasm } = options;
		const { entries, skipped, files } = await exportTrail({
			...{ dir, filter, format, overwrite, loadWasm },
			out: options.out === '-' ? printer(out) : options.out,
		});
		const where = options.out === '-' ? 'stdout' : files.join(', ');
		out.stderr(printable(`audit export: ${counted(entries, 'entry', 'entries')} written to ${where} as ${format}`));
		if (skipped > 0) {
			out.stderr(
				`audit export: ${counted(skipped, 'entry', 'entries')} left out: nested deeper than anything of ours, so somebody made them up`,
			);
		}
		const why = await options.record(dir, detailOf(options, entries)).catch(errorText);
		if (why !== undefined) {
			out.stderr(printable(`audit export: not recorded in the trail: ${why}`));
		}
		return 0;
	});
}

/** The command; `loadWasm` gives the bytes of `sql-wasm.wasm`. */
export function auditExportRoom({
	loadWasm,
	record,
}: Pick<AuditExportOptions, 'loadWasm' | 'record'>): readonly Command[] {
	return [
		{
			name: 'audit export',
			help: `  audit export DIR --format ${EXPORT_FORMATS.join('|')} --out FILE [FILTER] [--overwrite]
                                       a copy of what matches in a file of mode 0600; --out - is stdout`,
			async run(args, out) {
				const { values, operands } = readCommandLine(args, ['DIR'], {
					format: { type: 'string' },
					out: { type: 'string' },
					overwrite: { type: 'boolean', default: false },
					...FILTER_ARGUMENTS,
				});
				const format = readFormat(needed(values.format, '--format'));
				const place = needed(values.out, '--out');
				if (place === '-' && format === 'sqlite') {
					throw new UsageError('--format sqlite is a file; name it behind --out');
				}
				const filter = readAuditFilter(values, systemClock.now());
				const { overwrite } = values;
				return auditExport(operands[0], { filter, format, out: place, overwrite, loadWasm, record }, out);
			},
		},
	];
}

function readFormat(text: string): ExportFormat {
	const format = EXPORT_FORMATS.find(each => each === text);
	if (format === undefined) {
		const near = nearestKey(text, EXPORT_FORMATS);
		throw new UsageError(
			`--format takes one of ${EXPORT_FORMATS.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`,
		);
	}
	return format;
}

/** What the trail says of it: names of filters, and no values, which somebody may have typed anything into. */
function detailOf({ format, filter }: AuditExportOptions, entries: number): string {
	const by = Object.keys(filter).sort().join(', ');
	return `${format}, ${counted(entries, 'entry', 'entries')}, ${by === '' ? 'all' : `filtered by ${by}`}`;
}

/** Lines as a terminal may be given them (AUD-12); what is JSON stays the same JSON. */
function printer(out: CliOutput): (text: string) => void {
	let rest = '';
	return text => {
		const lines = (rest + text).split('\n');
		rest = lines.pop() ?? '';
		for (const line of lines) {
			out.stdout(printable(line.endsWith('\r') ? line.slice(0, -1) : line));
		}
	};
}
