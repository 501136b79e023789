import { type AuditEntry } from '../auditRecord';

/** The forms in which a trail can be given away. `sqlite` is binary and made by storage; the others are text. */
export const EXPORT_FORMATS = ['csv', 'jsonl', 'sarif', 'rfc006', 'otlp', 'sqlite'] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export type TextFormat = Exclude<ExportFormat, 'sqlite'>;

/** One thing that happened, as a format gets it. Strings are masked, and attacker-controlled. */
export interface ExportItem {
	/** The outcome with the facts of its verdict, or a verdict whose outcome nobody recorded. */
	readonly entry: AuditEntry;
	/** The same as the trail holds it, verdict first: what their hashes are of. */
	readonly entries: readonly AuditEntry[];
}

/**
 * Writes one export, piece by piece: `begin`, `add` for each thing that happened, `end`. Pure but for what it has to remember
 * between the pieces, which is bounded. `add` gives an empty text where the format says nothing of such an entry.
 */
export interface TrailWriter {
	begin(): string;
	add(item: ExportItem): string;
	end(): string;
}

/** Anything as one plain text; what a forger wrote into an entry need not have the type that its schema says. */
export function cellText(value: unknown): string {
	if (value === undefined || value === null) {
		return '';
	}
	return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Only of texts that are one. */
export function textOr<Fallback>(value: unknown, fallback: Fallback): string | Fallback {
	return typeof value === 'string' && value !== '' ? value : fallback;
}
