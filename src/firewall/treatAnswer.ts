import { isJsonArray, isJsonObject, type JsonObject, pointerTokens } from '../base/json';
import { inSlices } from '../base/steps';
import { envelope, type Source } from '../domain/inspection/envelope';
import { type Finding } from '../domain/inspection/finding';
import { inspectSteps } from '../domain/inspection/inspect';
import { labelResult } from '../domain/inspection/label';
import { maskResultSteps } from '../domain/inspection/maskResult';
import { replaceFound, type Treatment } from '../domain/inspection/quarantine';
import { changedLeaves, fitStructured, valueAt } from '../domain/inspection/structuredFit';
import { type AnswerVerdict, effectOf, type FindingEffect, resultSecrets } from '../domain/policy/answerEffect';
import { checkParts } from './checkParts';
import { type Draft } from './ending';
import { type PathContext } from './pathContext';
import { trailFindings } from './trailCopy';
import { inspectingPolicy } from './serverFolder';

/** How a message part is looked at; what is absent is false. */
export interface Look {
	/** What evidence names as its source; the tool, or a method. */
	readonly tool: string;
	/** Secrets are masked as the policy says. */
	readonly masks?: boolean;
	/** The answer can be withheld as a whole; otherwise what is withheld is withheld where it stands. */
	readonly whole?: boolean;
	/** A person let it go: what the policy withholds is quoted. */
	readonly released?: boolean;
	/** What `structuredContent` has to fit. Attacker-controlled. */
	readonly schema?: JsonObject | undefined;
}

/** What became of a part in which something was found. */
export interface Treated {
	readonly value: JsonObject;
	readonly outcome: 'answered' | 'quarantined' | 'withheld';
	readonly verdict: AnswerVerdict;
	/** Those that it was quoted or withheld for. */
	readonly offending: readonly Finding[];
	/** The part without secrets and otherwise as it was. */
	readonly seen: JsonObject;
}

/**
 * Looks at every string leaf of a part of a message and does what the policy says of what it finds. Undefined where the
 * part can go on as it is. Findings, effect, suppressions and masks are noted for the entry. The part is attacker-controlled.
 */
export async function treatPart(
	context: PathContext,
	part: JsonObject,
	look: Look,
	draft: Draft,
): Promise<Treated | undefined> {
	const { clock, breathe, ids } = context.ports;
	const source: Source = { server: context.server.name, tool: look.tool };
	const policy = inspectingPolicy(context);
	const origin = { ...source, now: clock.now() };
	const known = context.ports.known?.();
	const masked =
		look.masks === true
			? await inSlices(maskResultSteps(part, known), () => clock.monotonic(), breathe)
			: { value: part, masked: 0 };
	const masks = masked.masked > 0 && resultSecrets(policy) === 'mask';
	const seen = masks ? masked.value : part;
	const single = effectOf(policy, origin, []);
	const checked = await checkParts(context, seen, finding => isMild(single.effectOf(finding)));
	const read = await inSlices(inspectSteps(checked.value), () => clock.monotonic(), breathe);
	const findings = [...checked.findings.map(({ finding }) => finding), ...read];
	const verdict = effectOf(policy, origin, findings);
	const secret = masked.masked > 0;
	const released = look.released === true;
	note(context, draft, { findings, verdict, masked: masks ? masked.masked : 0, secret, released });
	if (verdict.effect === 'none' && verdict.suppressed.length === 0 && masked.masked === 0) {
		return undefined;
	}
	const offending = findings.filter(finding => !isMild(verdict.effectOf(finding)));
	const replaced = new Set(checked.findings.flatMap(each => (each.replacement === undefined ? [] : [each.finding])));
	const effect = treatmentOf(verdict, look.released === true || look.whole === true);
	const treatment = { effectOf: effect, source, delimiter: ids.token() };
	const open = offending.filter(finding => !replaced.has(finding));
	const quoted = keepSchema(seen, replaceFound(checked.value, open, treatment), treatment, {
		schema: look.schema,
		withholds: open.some(finding => effect(finding) === 'withhold'),
	});
	const noticed = findings.filter(({ rule, severity, kind }) => {
		const isSuppressed = verdict.suppressed.some(each => each.rule === rule);
		return isSuppressed || verdict.effectOf({ rule, severity, kind }) !== 'none';
	});
	const secrets: readonly Finding[] = masked.masked === 0 ? [] : [SECRET];
	return {
		value: labelResult(quoted, [...noticed, ...secrets], source),
		outcome: outcomeOf(verdict.effect, look),
		...{ verdict, offending, seen },
	};
}

/** Stands in a label for secrets that were in the part; where they stood is in no label. */
const SECRET: Finding = {
	kind: 'secret',
	rule: 'secret',
	severity: 'high',
	pointer: '',
	span: { start: 0, end: 0 },
	advice: 'The answer held what has the form of a secret.',
};

function isMild(effect: FindingEffect): boolean {
	return effect === 'none' || effect === 'notice';
}

function treatmentOf(verdict: AnswerVerdict, quotes: boolean): Treatment['effectOf'] {
	return finding => {
		const effect = verdict.effectOf(finding);
		return effect === 'none' || effect === 'notice' ? 'stays' : quotes ? 'quote' : effect;
	};
}

function outcomeOf(effect: FindingEffect, { whole, released }: Look): Treated['outcome'] {
	if (isMild(effect)) {
		return 'answered';
	}
	return effect === 'withhold' && whole === true && released !== true ? 'withheld' : 'quarantined';
}

interface Seen {
	readonly findings: readonly Finding[];
	readonly verdict: AnswerVerdict;
	readonly masked: number;
	readonly secret: boolean;
	readonly released: boolean;
}

function note({ server }: PathContext, draft: Draft, { findings, verdict, masked, secret, released }: Seen): void {
	const kinds = new Set<string>(findings.map(finding => finding.kind));
	if (findings.length > 0) {
		draft.findings = trailFindings([...(draft.findings ?? []), ...findings]);
	}
	if (secret) {
		kinds.add('secret');
	}
	draft.labels = ['untrusted', `source:${server.name}`, ...kinds];
	const { rule, observed, suppressed } = verdict;
	const effect = released && verdict.effect === 'withhold' ? 'quote' : verdict.effect;
	if (effect !== 'none' || suppressed.length > 0) {
		draft.screened = { effect, ...(rule !== undefined && { rule }), ...(observed !== undefined && { observed }) };
	}
	if (suppressed.length > 0) {
		draft.suppressed = suppressed;
	}
	if (masked > 0) {
		draft.masked = (draft.masked ?? 0) + masked;
	}
}

/** Texts of structured content that are quoted in `content` beside it. */
const MAX_QUOTED = 20;

/**
 * The quoted part with structured content that fits its schema. Clients hand the model either that or the text, so what was
 * replaced in it is quoted in `content`, too, unless something is quoted there already.
 */
function keepSchema(
	before: JsonObject,
	quoted: JsonObject,
	{ source, delimiter }: Treatment,
	{ schema, withholds }: { readonly schema: JsonObject | undefined; readonly withholds: boolean },
): JsonObject {
	const { structuredContent: was } = before;
	const { structuredContent: is, ...rest } = quoted;
	const pointers = was === undefined || is === was ? [] : changedLeaves(was, is);
	if (was === undefined || pointers.length === 0) {
		return quoted;
	}
	const shown = isJsonArray(quoted.content) ? quoted.content : [];
	const fitted = schema === undefined ? is : isJsonObject(is) ? fitStructured(is, pointers, schema) : undefined;
	const isQuoted = shown !== before.content && JSON.stringify(shown) !== JSON.stringify(before.content ?? []);
	// What is withheld where it stood must not come back as a quotation beside it.
	const evidence = withholds || (isQuoted && fitted !== undefined) ? [] : [textsAt(was, pointers)];
	const content = [
		...shown,
		...(fitted === undefined ? [{ type: 'text', text: NO_ROOM }] : []),
		...evidence.map(text => ({ type: 'text', text: envelope(text, source, delimiter) })),
	];
	// A result that is an error owes nothing to the schema (MCP 2025-11-25 server/tools#output-schema).
	return fitted === undefined
		? { ...rest, content, isError: true }
		: { ...quoted, structuredContent: fitted, content };
}

const NO_ROOM =
	'[MCP Firewall: the structured content of this answer is withheld, because it holds text that looks like instructions and ' +
	'its schema leaves no room to quote it. What was found is quoted below.]';

function textsAt(value: JsonObject[string], pointers: readonly string[]): string {
	const lines = pointers.slice(0, MAX_QUOTED).map(pointer => {
		const at = valueAt(value, pointerTokens(pointer));
		return `structuredContent${pointer}: ${typeof at === 'string' ? at : JSON.stringify(at)}`;
	});
	return lines.join('\n');
}
