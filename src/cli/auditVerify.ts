import { FirewallError } from '../base/errors';
import { journalFiles } from '../storage/trailReader';
import { verifyTrail } from '../storage/verifyTrail';
import { type CliOutput } from './output';
import { printable } from './printable';

/** Exit codes: all well; nothing to look at or unreadable; the trail is not what was written. */
const VERIFY_EXIT = { ok: 0, unusable: 2, invalid: 3 } as const;

/** `audit verify DIR`: says whether the trail is what was written, and where each file stops being so. Only reads. */
export async function auditVerify(dir: string, out: CliOutput): Promise<number> {
	try {
		if ((await journalFiles(dir)).length === 0) {
			out.stderr(printable(`audit verify: no journal files (*.ndjson) in ${dir} or its folder trail`));
			return VERIFY_EXIT.unusable;
		}
		return await verify(dir, out);
	} catch (error) {
		if (error instanceof FirewallError) {
			out.stderr(printable(`audit verify: ${error.message}`));
			return VERIFY_EXIT.unusable;
		}
		throw error;
	}
}

async function verify(dir: string, out: CliOutput): Promise<number> {
	const report = await verifyTrail(dir);
	for (const { file, line } of report.torn) {
		out.stderr(
			printable(`${file}:${line}: torn last line: a write was cut short (crash, or still being written); `) +
				'it is not counted',
		);
	}
	if (report.ok) {
		const files = `${report.files} ${report.files === 1 ? 'file' : 'files'}`;
		const entries = `${report.entries} ${report.entries === 1 ? 'entry' : 'entries'}`;
		out.stdout(`Audit trail: VALID, ${entries} in ${files}`);
		return VERIFY_EXIT.ok;
	}
	out.stdout('Audit trail: INVALID');
	for (const { file, line, seq, why } of report.breaks) {
		out.stdout(printable(`${file}:${line}: seq ${seq}: ${why}`));
	}
	return VERIFY_EXIT.invalid;
}
