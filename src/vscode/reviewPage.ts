import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { capabilityFacts } from '../domain/policy/capabilityFacts';
import { isDestructive, UNKNOWN_CAPABILITY } from '../domain/policy/capabilityName';
import { KNOWN_CAPABILITIES } from '../domain/policy/knownCapabilities';
import { hasSideEffects } from '../domain/policy/sideEffects';
import { isMigrated } from '../domain/registry/migrateRegistry';
import { isPinnedCapability } from '../domain/registry/readServerEntry';
import { isBlocker, type ReviewFinding } from '../domain/registry/reviewFinding';
import { reviewFindings } from '../domain/registry/reviewFindings';
import { type ReviewSubject, sameSubject } from '../domain/registry/reviewSubject';
import { suggestCeiling } from '../domain/registry/suggestCeiling';
import { type SurfaceChange } from '../domain/registry/surfaceChange';
import { reviewedSurface, surfaceDiff } from '../domain/registry/surfaceDiff';
import {
	type ReviewCapability,
	type ReviewHint,
	type ReviewItem,
	type ReviewPage,
	type ReviewParameter,
	type ReviewWarning,
	type ReviewWhole,
} from '../shared/reviewProtocol';
import { capabilityWords } from './capabilityWords';
import { type ReviewRequest, type ToolReview } from './guardPorts';
import { reviewFacts } from './reviewFacts';
import { type Reviewable, reviewItems } from './reviewItems';
import { say, sayCount, sayPhrase, whereText } from './say';

/** Parameters of one tool that the page lists; the whole schema is one click away. */
const MAX_PARAMETERS = 60;

/** UTF-16 units of one text that go to the page; the whole of it is one click away, and a finding says that it is long. */
const MAX_TEXT = 20_000;

/** Everything that the review editor shows of a request. Pure; texts of the server go through as they are, as data. */
export function reviewPage(request: ReviewRequest, reviewer: string): ReviewPage {
	const { before, serverName, tools } = request;
	const findings = findingsOf(request);
	const changes = before === undefined ? [] : surfaceDiff(reviewedSurface(before), request.surface);
	const items = reviewItems(request);
	const chosen = before === undefined || isMigrated(before) ? undefined : before;
	const suggested = suggestCeiling(
		request.launch,
		tools.map(({ capability }) => capability),
	);
	return {
		serverName,
		reason: reasonOf(request, changes),
		first: before === undefined,
		facts: reviewFacts(request),
		...reviewWhole(request),
		changes: ofNone(items, changes).map(change => namedWarning(change)),
		owner: chosen?.owner ?? reviewer,
		ceiling: chosen?.ceiling ?? suggested.ceiling,
		ceilingWhy: ceilingText(suggested),
		items: items.map(item => itemOf(item, isUnseenHere(before), findings, changes)),
		capabilities: [...KNOWN_CAPABILITIES, UNKNOWN_CAPABILITY],
	};
}

/** What is found in the server itself, and what of all that is found forbids approval. */
export function reviewWhole(request: ReviewRequest): ReviewWhole {
	const findings = findingsOf(request);
	const blocker = findings.find(isBlocker);
	return {
		findings: ofNone(reviewItems(request), findings).map(warningOf),
		canPin: request.canPin === true && findings.some(({ kind }) => kind === 'version-not-pinned'),
		...(blocker !== undefined && { blocked: `${say(blocker.sentence)} ${say(blocker.advice)}` }),
	};
}

/** What data a server may be sent, as it is proposed, and why. */
export function ceilingText({ ceiling, why }: ReturnType<typeof suggestCeiling>): string {
	return say('Suggested: {0}. {1}', ceiling, sayPhrase(why));
}

/** Those that belong to no item. */
function ofNone<T extends { readonly subject: ReviewSubject }>(
	items: readonly Reviewable[],
	all: readonly T[],
): readonly T[] {
	return all.filter(({ subject }) => !items.some(item => sameSubject(item.subject, subject)));
}

/** What is found in everything under review, with the capabilities that the request has now. */
export function findingsOf(request: ReviewRequest): readonly ReviewFinding[] {
	const { serverName, surface, supply, tools, others, probe } = request;
	const capabilities = new Map(tools.map(({ tool, capability }) => [tool.name, capability]));
	const capabilityOf = (tool: string) => capabilities.get(tool) ?? UNKNOWN_CAPABILITY;
	return reviewFindings({
		...{ name: serverName, surface, supply, others, capabilityOf },
		...(probe !== undefined && { probe }),
	});
}

/** What a tool counts as, told to the reviewer. */
export function capabilityView(review: ToolReview): ReviewCapability {
	const { capability } = review;
	const { meaning, risk } = capabilityFacts(capability);
	const { because } = capabilityWords(review, '');
	const unknown = capability === UNKNOWN_CAPABILITY;
	return {
		text: capability,
		valid: isPinnedCapability(capability),
		meaning: unknown
			? say('Every call is denied until you say what it does.')
			: meaning.map(sayPhrase).join(' ').replaceAll('`', ''),
		risk: unknown ? 'high' : risk,
		...(because !== undefined && { why: because }),
	};
}

/** A finding as the page shows it. */
export function warningOf({ severity, sentence, advice, where }: ReviewFinding): ReviewWarning {
	return {
		severity,
		sentence: say(sentence),
		advice: say(advice),
		...(where !== undefined && { where: whereText(where) }),
	};
}

function changeOf({ severity, sentence, where }: SurfaceChange): ReviewWarning {
	return { severity, sentence: say(sentence), ...(where !== undefined && { where }) };
}

function namedWarning(change: SurfaceChange): ReviewWarning {
	return 'name' in change.subject ? { ...changeOf(change), where: change.subject.name } : changeOf(change);
}

function reasonOf({ before }: ReviewRequest, changes: readonly SurfaceChange[]): string {
	if (before === undefined) {
		return say('Nobody has reviewed this server yet. Nothing of it can be called before you approve it.');
	}
	const count = changes.length;
	const changed =
		count === 0
			? say('It says what it said then.')
			: sayCount(count, '{0} thing changed since then.', '{0} things changed since then.');
	switch (before.status) {
		case 'approved':
			return `${say('This server was reviewed before.')} ${changed}`;
		case 'pending-review':
			return `${say('This server waits for a review; nothing of it can be called.')} ${changed}`;
		case 'suspended':
			return `${say('This server is suspended. Approving it lets it run again.')} ${changed}`;
		case 'revoked':
			return `${say('This server was revoked. Approving it takes that back.')} ${changed}`;
	}
}

/** True where nobody reviewed the server here: pins that somebody else's registry, or an earlier version, brought are no yes. */
function isUnseenHere(before: ReviewRequest['before']): boolean {
	return before === undefined || before.status === 'pending-review';
}

function itemOf(
	item: Reviewable,
	unseen: boolean,
	allFindings: readonly ReviewFinding[],
	allChanges: readonly SurfaceChange[],
): ReviewItem {
	const findings = allFindings.filter(({ subject }) => sameSubject(subject, item.subject));
	const changes = allChanges.filter(({ subject }) => sameSubject(subject, item.subject));
	const { now, before } = item;
	const grave = findings.some(({ severity }) => severity === 'high');
	const state = before === undefined ? 'new' : changes.length > 0 ? 'changed' : 'same';
	// A first review offers all; a later one only what was accepted as it is, and then its findings were accepted too: all but
	// what a probe saw, which may be news.
	const lied = findings.some(({ kind }) => kind === 'probe-mismatch');
	const accepted = !lied && (unseen ? state !== 'changed' && !grave : state === 'same');
	const text = (key: string) => {
		const value = now[key];
		return typeof value === 'string' ? { [key]: value.slice(0, MAX_TEXT) } : {};
	};
	const instructions = now.instructions;
	return {
		kind: item.kind,
		name: 'name' in item.subject ? item.subject.name : '',
		...(item.kind === 'template' && typeof now.title !== 'string' ? titleOf(now.name) : text('title')),
		...(item.kind === 'instructions' && typeof instructions === 'string'
			? { description: instructions.slice(0, MAX_TEXT) }
			: text('description')),
		parameters: item.kind === 'prompt' ? argumentsOf(now) : parametersOf(now.inputSchema),
		hints: item.kind === 'tool' ? hintsOf(item.review) : item.kind === 'template' ? mediaTypeOf(now) : [],
		state,
		...(item.kind === 'tool' && { capability: capabilityView(item.review) }),
		findings: findings.map(warningOf),
		changes: changes.map(changeOf),
		accepted,
	};
}

/** A template is known by its address; what it is called stands where other things have their title. */
function titleOf(name: JsonValue | undefined): { readonly title?: string } {
	return typeof name === 'string' ? { title: name.slice(0, MAX_TEXT) } : {};
}

function mediaTypeOf({ mimeType }: JsonObject): readonly ReviewHint[] {
	return mimeType === undefined
		? []
		: [{ name: 'mimeType', value: JSON.stringify(mimeType).slice(0, 500), overruled: false }];
}

function parametersOf(schema: JsonValue | undefined): readonly ReviewParameter[] {
	const { properties, required } = isJsonObject(schema) ? schema : {};
	const needed = isJsonArray(required) ? required : [];
	const members = isJsonObject(properties) ? Object.entries(properties) : [];
	return members.slice(0, MAX_PARAMETERS).map(([name, shape]) => {
		const { type, enum: values, description } = isJsonObject(shape) ? shape : {};
		const kind = type ?? (values === undefined ? undefined : { enum: values });
		return {
			name,
			type:
				kind === undefined
					? say('anything')
					: typeof kind === 'string'
						? kind
						: JSON.stringify(kind).slice(0, 200),
			required: needed.includes(name),
			...(typeof description === 'string' && { description: description.slice(0, MAX_TEXT) }),
		};
	});
}

/** Arguments of a prompt (MCP 2025-11-25 PromptArgument). */
function argumentsOf(prompt: JsonObject): readonly ReviewParameter[] {
	const list = isJsonArray(prompt.arguments) ? prompt.arguments : [];
	return list
		.filter(isJsonObject)
		.slice(0, MAX_PARAMETERS)
		.map(({ name, description, required }) => ({
			name: typeof name === 'string' ? name : '',
			type: 'string',
			required: required === true,
			...(typeof description === 'string' && { description: description.slice(0, MAX_TEXT) }),
		}));
}

function hintsOf({ tool, capability }: ToolReview): readonly ReviewHint[] {
	return Object.entries(tool.annotations ?? {}).map(([name, value]) => ({
		name,
		value: JSON.stringify(value).slice(0, 500),
		overruled:
			(name === 'readOnlyHint' && value === true && hasSideEffects(capability)) ||
			(name === 'destructiveHint' && value === false && isDestructive(capability)),
	}));
}
