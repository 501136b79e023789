import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errorText } from '../base/errors';
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { counted } from '../base/counted';
import { inEnglish } from '../base/phrase';
import { recallFacts } from '../domain/audit/recallFacts';
import { explainDecision, nearestFirst, type RuleReport } from '../domain/policy/explainDecision';
import { type CallFacts } from '../domain/policy/facts';
import { type UncoveredPlace } from '../domain/policy/judgePolicy';
import { type PolicyLoad } from '../domain/policy/policy';
import { readLabels } from '../domain/policy/caseSession';
import { parsePrincipal } from '../domain/policy/parsePrincipal';
import { factsOfCase } from '../firewall/caseFacts';
import { hintForPerson } from '../firewall/refusal';
import { realPathResolver } from '../storage/realPath';
import { systemHost } from '../storage/system';
import { type ConditionLine, conditionLines } from './conditionLines';
import { metBy, quotedValue } from './metValue';
import { type CliOutput } from './output';
import { printable } from './printable';
import { recordedSide } from './recordedSide';
import { recordedCalls, trailTrouble, TROUBLE_EXIT } from './trailCalls';
import { readUserPolicy } from './userPolicy';

/** What `policy explain` is asked. Either a call in words, or one of a trail. */
export interface ExplainOptions {
	readonly policy: string;
	readonly compositionFile: string;
	readonly json: boolean;
	readonly server?: string | undefined;
	readonly tool?: string | undefined;
	readonly capability?: string | undefined;
	/** JSON, or `@` and the name of a file with JSON. */
	readonly arguments?: string | undefined;
	/** The workspace folder of the call; the folder of now without it. */
	readonly workspace?: string | undefined;
	/** Names with commas between. */
	readonly labels?: string | undefined;
	/** The level of the server's badge; none without it. */
	readonly trustLevel?: string | undefined;
	readonly trail?: string | undefined;
	/** Evidence id. */
	readonly call?: string | undefined;
}

/** What cannot be explained; the message says why. */
class ExplainError extends Error {}

/** Rules that missed by less come first; of more than this, the rest is counted. */
const MAX_NEAR = 10;

/**
 * `policy explain`: the verdict, the rule that decides at its line, and for every rule about the capability which condition
 * failed, where it stands and what it met. Returns 0, 2 when policy, call or trail cannot be used, 3 when the trail does not
 * verify.
 */
export async function policyExplain(options: ExplainOptions, out: CliOutput): Promise<number> {
	const load = await readUserPolicy(options.policy, options, out);
	if (load === undefined) {
		return 2;
	}
	try {
		const trouble =
			options.trail === undefined ? undefined : await trailTrouble('policy explain', options.trail, out);
		if (trouble !== undefined) {
			return TROUBLE_EXIT[trouble];
		}
		const facts =
			options.trail === undefined
				? await thoughtCall(load, options)
				: await recordedCall(load, options.trail, options.call ?? '', out);
		const lines = new Map<string, ConditionLine>();
		for (const file of [options.policy, options.compositionFile]) {
			lines.set(file, conditionLines(await readFile(file, 'utf8').catch(() => '')));
		}
		print(load, facts, lines, options.json, out);
		return 0;
	} catch (error) {
		if (!(error instanceof ExplainError)) {
			throw error;
		}
		out.stderr(printable(`policy explain: ${error.message}`));
		return 2;
	}
}

async function thoughtCall(load: PolicyLoad, options: ExplainOptions): Promise<CallFacts> {
	// As the gateway does: relative paths start in the folder of now, and it is the workspace.
	const host = systemHost([resolve(options.workspace ?? process.cwd())]);
	const labels = readLabels(options.labels?.split(',') ?? [], why => {
		throw new ExplainError(`--labels ${why}`);
	});
	const principal = parsePrincipal(options.trustLevel === undefined ? {} : { level: options.trustLevel });
	if (typeof principal === 'string') {
		throw new ExplainError('--trust-level must be 0, 1, 2, 3 or 4.');
	}
	const call = {
		principal,
		server: options.server ?? '',
		tool: options.tool ?? '',
		arguments: await readArguments(options.arguments),
		session: { labels },
		...(options.capability !== undefined && { capability: options.capability }),
	};
	return factsOfCase(load, call, host, { paths: realPathResolver, now: Date.now() });
}

async function readArguments(given = '{}'): Promise<JsonObject> {
	try {
		const text = given.startsWith('@') ? await readFile(given.slice(1), 'utf8') : given;
		const value = JSON.parse(text) as JsonValue;
		if (isJsonObject(value)) {
			return value;
		}
	} catch (error) {
		throw new ExplainError(`--arguments cannot be read: ${errorText(error)}`);
	}
	throw new ExplainError('--arguments must be a JSON object.');
}

async function recordedCall(load: PolicyLoad, trail: string, id: string, out: CliOutput): Promise<CallFacts> {
	for await (const call of recordedCalls(trail)) {
		if (call.id === id) {
			const recall = recallFacts(call.entry, call.contexts, load);
			if (recall.kind === 'problem') {
				throw new ExplainError(`call ${id} cannot be judged again (${recall.why}).`);
			}
			if (recall.copy.altered && load.digest !== call.entry.policyDigest) {
				out.stderr('policy explain: arguments were masked or cut; conditions over them look at what is left.');
			}
			return (await recordedSide(load, call.entry, recall.facts)).facts;
		}
	}
	throw new ExplainError(`no decided call ${id} in ${trail}.`);
}

function print(
	load: PolicyLoad,
	facts: CallFacts,
	lines: ReadonlyMap<string, ConditionLine>,
	json: boolean,
	out: CliOutput,
): void {
	const { verdict, winner, rules } = explainDecision(load, facts);
	const near = nearestFirst(rules, winner)
		.filter(
			rule => rule !== winner && (!rule.matched || rule.uncovered !== undefined || rule.standIn !== undefined),
		)
		.map(rule => withPlaces(rule, facts, lines));
	if (json) {
		const { effect, capability, reason, errors, observed, protection, authority } = verdict;
		const why = authority && { authority: { ...authority, why: inEnglish(authority.why) } };
		const shown = { effect, capability, reason, errors: errors.map(inEnglish), observed, protection, ...why };
		const rule = winner === undefined ? null : withPlaces(winner, facts, lines);
		out.stdout(printable(JSON.stringify({ verdict: shown, rule, near })));
		return;
	}
	const observed = verdict.observed === undefined ? '' : `, would be ${verdict.observed} (mode: observe)`;
	out.stdout(printable(`${verdict.effect}: ${verdict.reason} (${verdict.capability})${observed}`));
	if (verdict.effect === 'deny') {
		out.stdout(printable(`  ${hintForPerson(verdict.reason)}`));
	}
	out.stdout(
		printable(
			verdict.rule === undefined
				? 'decided by no rule'
				: `decided by ${verdict.rule.id} (${verdict.rule.at.file}:${String(verdict.rule.at.line)})`,
		),
	);
	const more = [
		...verdict.errors.map(inEnglish),
		...(verdict.protection === undefined ? [] : [verdict.protection.reason]),
		...(verdict.authority === undefined ? [] : [inEnglish(verdict.authority.why)]),
	];
	more.forEach(line => {
		out.stdout(printable(`  ${line}`));
	});
	for (const { id, effect, at, failed, uncovered, instead } of near.slice(0, MAX_NEAR)) {
		const but =
			instead !== undefined
				? `: matches, but ${instead} stands in for it (instead_of)`
				: uncovered === undefined
					? ''
					: `: matches, but nothing lets ${uncovered.place} pass`;
		out.stdout(printable(`not ${id}, ${effect} (${at})${but}`));
		for (const { at: place, condition, why, value } of failed) {
			out.stdout(printable(`  ${place}: ${condition}: ${why}${value === undefined ? '' : `; it is ${value}`}`));
		}
	}
	if (near.length > MAX_NEAR) {
		out.stdout(`and ${counted(near.length - MAX_NEAR, 'rule')} more about this capability`);
	}
}

interface ToldRule {
	readonly id: string;
	readonly effect: string;
	readonly at: string;
	readonly matched: boolean;
	/** The place quoted as other values are. */
	readonly uncovered?: UncoveredPlace;
	/** Id of the allow that stands in for it. */
	readonly instead?: string;
	readonly failed: readonly {
		readonly condition: string;
		readonly at: string;
		readonly why: string;
		readonly value?: string;
	}[];
}

function withPlaces(
	{ rule, matched, conditions, uncovered, standIn }: RuleReport,
	facts: CallFacts,
	lines: ReadonlyMap<string, ConditionLine>,
): ToldRule {
	const { file, line } = rule.at;
	return {
		id: rule.id,
		effect: rule.effect,
		at: `${file}:${String(line)}`,
		matched,
		...(uncovered && { uncovered: { ...uncovered, place: quotedValue(uncovered.place) } }),
		...(standIn && { instead: standIn.id }),
		failed: conditions
			.filter(({ outcome }) => outcome !== 'holds')
			.map(report => {
				const place = lines.get(file)?.(line, report.condition, report.pointer) ?? line;
				const value = metBy(report, facts);
				const { condition } = report;
				const why = inEnglish(report.why);
				return { condition, at: `${file}:${String(place)}`, why, ...(value !== undefined && { value }) };
			}),
	};
}
