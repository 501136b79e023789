import { counted } from '../base/counted';
import { FirewallError } from '../base/errors';
import { meaningOf } from '../domain/audit/trailBreak';
import { trailKeyId } from '../storage/trailKey';
import { journalFiles, tombstoneFiles } from '../storage/trailReader';
import { anchorsBeside, type OutsideHeads, readAnchors, readGitNotes, readPublicKey } from '../storage/verifyInputs';
import { type TrailReport, verifyTrail } from '../storage/verifyTrail';
import { type Command } from './command';
import { readCommandLine } from './commandLine';
import { type CliOutput } from './output';
import { printable } from './printable';

/** Exit codes: all well; nothing to look at or unreadable; the trail is not what was written. */
const VERIFY_EXIT = { ok: 0, unusable: 2, invalid: 3 } as const;

/** Milliseconds between two words about progress. */
const TELL_MS = 2000;

/** What a trail is verified by. */
export interface VerifyWith {
	/** Trusted keys: files (PEM, or raw base64url), or raw keys. None: those of the trail. */
	readonly publicKeys: readonly string[];
	/** A folder of anchored heads; left out: that of the data directory, if it has one. */
	readonly anchors?: string | undefined;
	/** A git repository whose notes hold heads. */
	readonly git?: string | undefined;
	/** One JSON object instead of lines for people. */
	readonly json: boolean;
}

/** `audit verify`. */
export const AUDIT_VERIFY: Command = {
	name: 'audit verify',
	help: `  audit verify DIR [--public-key FILE|KEY]… [--anchors DIR] [--git REPOSITORY] [--json]
                                       is the trail whole? (exit 3: no)`,
	async run(args, out) {
		const { values, operands } = readCommandLine(args, ['DIR'], {
			'public-key': { type: 'string', multiple: true, default: [] },
			anchors: { type: 'string' },
			git: { type: 'string' },
			json: { type: 'boolean', default: false },
		});
		const { anchors, git, json } = values;
		return auditVerify(operands[0], { publicKeys: values['public-key'], anchors, git, json }, out);
	},
};

/** Says whether the trail is what was written, where it stops being so, and what is not proven even so. Only reads. */
export async function auditVerify(dir: string, options: VerifyWith, out: CliOutput): Promise<number> {
	try {
		return await verify(dir, options, out);
	} catch (error) {
		if (error instanceof FirewallError && error.code !== 'usage') {
			out.stderr(printable(`audit verify: ${error.message}`));
			return VERIFY_EXIT.unusable;
		}
		throw error;
	}
}

async function verify(dir: string, options: VerifyWith, out: CliOutput): Promise<number> {
	const outside = await outsideHeads(dir, options);
	const heads = outside.flatMap(each => each.heads);
	if ((await journalFiles(dir)).length + (await tombstoneFiles(dir)).length + heads.length === 0) {
		out.stderr(printable(`audit verify: no journal files (*.ndjson) in ${dir} or its folder trail`));
		return VERIFY_EXIT.unusable;
	}
	const keys = await Promise.all(options.publicKeys.map(readPublicKey));
	let told = performance.now();
	const report = await verifyTrail(dir, {
		...(keys.length > 0 && { keys }),
		heads,
		onProgress: done => {
			if (performance.now() - told > TELL_MS) {
				told = performance.now();
				out.stderr(`${done} entries so far`);
			}
		},
	});
	const notProven = whatIsNotProven(report, outside);
	if (options.json) {
		out.stdout(printable(JSON.stringify({ ...report, heads: outside.map(({ from }) => from), notProven })));
	} else {
		tell(report, outside, notProven, out);
	}
	return report.ok ? VERIFY_EXIT.ok : VERIFY_EXIT.invalid;
}

async function outsideHeads(dir: string, { anchors, git }: VerifyWith): Promise<readonly OutsideHeads[]> {
	const folder = anchors ?? (await anchorsBeside(dir));
	return [
		...(folder === undefined ? [] : [await readAnchors(folder)]),
		...(git === undefined ? [] : [await readGitNotes(git)]),
	];
}

function tell(
	report: TrailReport,
	outside: readonly OutsideHeads[],
	notProven: readonly string[],
	out: CliOutput,
): void {
	for (const { file, line } of report.torn) {
		out.stderr(
			printable(`${file}:${line}: torn last line: a write was cut short (crash, or still being written); `) +
				'it is not counted',
		);
	}
	out.stdout(
		report.ok
			? `Audit trail: VALID, ${counted(report.entries, 'entry', 'entries')} in ${counted(report.files, 'file')}`
			: 'Audit trail: INVALID',
	);
	for (const { file, line, seq, why, id } of report.breaks) {
		const which = id === undefined ? '' : ` (id ${id})`;
		out.stdout(printable(`${file}${line > 0 ? `:${line}` : ''}: seq ${seq}: ${why}${which}: ${meaningOf(why)}`));
	}
	const whose = report.trustedKey ? 'trusted' : "the trail's own";
	const keys = report.keys.map(key => `${trailKeyId(key)} (${whose})`).join(', ') || 'none';
	out.stdout(`  signed: ${counted(report.signed, 'entry', 'entries')}; keys: ${keys}`);
	const { anchors, witnessed, removed } = report;
	for (const { from, heads } of outside) {
		out.stdout(printable(`  heads kept outside: ${heads.length} in ${from}`));
	}
	out.stdout(
		`  heads met: ${anchors.met} of ${anchors.given} kept outside, ${witnessed.met} of ${witnessed.given} witnessed`,
	);
	if (removed.segments > 0) {
		const entries = counted(removed.entries, 'entry', 'entries');
		out.stdout(
			`  removed by retention: ${counted(removed.segments, 'segment')} with ${entries}, each by a signed record`,
		);
	}
	for (const file of report.unfinished) {
		out.stdout(printable(`  ${file}: the segment is still there; its removal was interrupted`));
	}
	for (const what of notProven) {
		out.stdout(printable(`  NOT PROVEN: ${what}`));
	}
}

function whatIsNotProven(report: TrailReport, outside: readonly OutsideHeads[]): readonly string[] {
	const { unsigned, trustedKey, anchors, removed } = report;
	const unreadable = outside.flatMap(each => each.unreadable);
	return [
		...(trustedKey
			? []
			: ['who signed it: no key was given (--public-key), and the trail can name any key as its own']),
		...(trustedKey || removed.segments === 0
			? []
			: [
					'that retention removed what is gone: the same keys sign the records of it, which stand for any content',
				]),
		...(anchors.given > 0
			? []
			: [
					'that nothing is missing at the end: no heads were given (--anchors, --git) that say how far it had come',
				]),
		...(unsigned === 0
			? []
			: [
					`the newest ${counted(unsigned, 'entry', 'entries')}: no signature stands behind them yet, so they could have been altered`,
				]),
		...unreadable.map(place => `what ${place} said: it holds no head that can be read`),
	];
}
