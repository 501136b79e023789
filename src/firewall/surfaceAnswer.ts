import { isJsonObject, type JsonObject } from '../base/json';
import { ITEM_SHAPES, type ItemKind } from '../domain/registry/listedItem';
import { META_SERVER } from '../domain/registry/introduction';
import { type ServerEntry, type ServerIdentity } from '../domain/registry/serverEntry';
import { noteDrift } from './driftNotes';
import { type Draft, type Ending } from './ending';
import { omit } from './inputRequired';
import { ownCaching } from './ownCaching';
import { type Part, type PathContext } from './pathContext';
import { type ForwardOutcome } from './ports';
import { elementsOf, isWhole, takeItems } from './surfaceLists';
import { twins } from './twins';

/** The lists besides that of tools, by the method that asks for them. */
const LISTS: ReadonlyMap<string, { readonly kind: ItemKind; readonly part: Part }> = new Map([
	['prompts/list', { kind: 'prompt', part: 'prompts' }],
	['resources/templates/list', { kind: 'template', part: 'templates' }],
] as const);

/** What is to be noted before a request is handed on, so that its answer can be held against the review. */
export interface Expectation {
	readonly method: string;
	readonly params: JsonObject;
	/** Of the list that is asked for. */
	readonly version: number;
}

/** Notes what a request asks for; before it is handed on. */
export function expect(
	{ surface }: PathContext,
	{ method, params }: { readonly method: string; readonly params: JsonObject },
): Expectation {
	const list = LISTS.get(method);
	return { method, params, version: list === undefined ? 0 : surface.versionOf(list.part) };
}

/**
 * The answer to a request in which a server says what it is or offers, without what is not as it was reviewed: such
 * instructions are left out, such prompts and templates hidden, all of it recorded. Other answers, and those of servers
 * without review, are the outcome itself.
 */
export function admitAnswer(
	context: PathContext,
	entry: ServerEntry | undefined,
	expected: Expectation,
	outcome: ForwardOutcome,
	draft: Draft,
): ForwardOutcome {
	const result = outcome.kind === 'answered' ? outcome.message.value.result : undefined;
	if (outcome.kind !== 'answered' || !isJsonObject(result)) {
		return outcome;
	}
	const introduces = expected.method === 'initialize' || expected.method === 'server/discover';
	if (introduces) {
		context.surface.introduced(result);
	}
	if (entry === undefined) {
		return outcome;
	}
	const list = LISTS.get(expected.method);
	const admitted = introduces
		? admitIntroduction(context, entry, result, draft)
		: list === undefined
			? result
			: admitItems(context, entry, list, expected, result, draft);
	if (admitted === result) {
		return outcome;
	}
	const { bytes, value } = outcome.message;
	// The bytes are what the server said, for the record; what goes to the client is written anew.
	return { kind: 'answered', message: { bytes, value: { ...value, result: admitted } } };
}

/** The ending of an answer that {@link admitAnswer} gave: where that changed it, the server's bytes are not what goes on. */
export function endingOfAdmitted(ending: Ending, before: ForwardOutcome, after: ForwardOutcome): Ending {
	return before !== after && ending.kind === 'answered' && ending.answer.kind === 'original'
		? { ...ending, answer: { kind: 'rewritten', value: ending.answer.message.value } }
		: ending;
}

function admitIntroduction(context: PathContext, entry: ServerEntry, result: JsonObject, draft: Draft): JsonObject {
	const drifts = context.surface.introductionDrift(entry);
	noteDrift(context, draft, drifts);
	const told = drifts.find(({ subject }) => subject === 'instructions');
	const reviewed = told?.severity === 'low' ? entry.surface.instructions?.reviewed : undefined;
	const others = twins(result, ['instructions', 'serverInfo', 'capabilities', 'protocolVersion']);
	// Of a server that calls itself otherwise nothing is believed.
	const wrong = drifts.some(({ severity }) => severity === 'high');
	return told === undefined && others.length === 0 && !wrong
		? result
		: {
				...omit(result, ...others, ...(told !== undefined || wrong ? ['instructions'] : [])),
				...(wrong && entry.identity !== undefined && underIdentity(result, entry.identity)),
				...(reviewed !== undefined && !wrong && { instructions: reviewed }),
			};
}

/** The members that say what a server calls itself, under the reviewed name. */
function underIdentity(result: JsonObject, { name, version }: ServerIdentity): JsonObject {
	const meta = isJsonObject(result._meta) ? result._meta : {};
	const identity = { name, version };
	return {
		...(result.serverInfo !== undefined && { serverInfo: identity }),
		...(meta[META_SERVER] !== undefined && { _meta: { ...meta, [META_SERVER]: identity } }),
	};
}

function admitItems(
	context: PathContext,
	entry: ServerEntry,
	{ kind, part }: { readonly kind: ItemKind; readonly part: Part },
	{ params, version }: Expectation,
	result: JsonObject,
	draft: Draft,
): JsonObject {
	const { list } = ITEM_SHAPES[kind];
	const listed = elementsOf(result, list);
	const whole = isWhole(params, result);
	const { surface } = context;
	const known = kind === 'prompt' ? surface.prompts : surface.templates;
	const { admitted, drifts, hidden } = takeItems(kind, known, entry, listed, whole);
	if (whole) {
		surface.compared(part, version);
	}
	noteDrift(context, draft, drifts, hidden);
	const others = twins(result, [list]);
	const items = admitted.map(({ listed: item, reviewed }) =>
		reviewed === undefined || !isJsonObject(item)
			? item
			: { ...omit(item, ...ITEM_SHAPES[kind].reviewed), ...reviewed },
	);
	const unchanged =
		others.length === 0 &&
		Array.isArray(result[list]) &&
		items.length === listed.length &&
		items.every((item, index) => item === listed[index]);
	return unchanged ? result : { ...omit(result, ...others), [list]: items, ...ownCaching(result) };
}
