import { type JsonValue } from '../base/json';
import { MaskedPlaces } from '../domain/audit/maskedPlaces';
import { contextOf, type RecordedContext, recordFacts } from '../domain/audit/recordedFacts';
import { type CallFacts, type HostFacts } from '../domain/policy/facts';
import { sameHost } from '../domain/policy/prefixes';
import { type Draft } from './ending';
import { type Judgement } from './judge';
import { type PathContext } from './pathContext';
import { trailPaths } from './trailCopy';

/** Hex digits of a context's digest in every entry: contexts of one trail are told apart, nothing else rests on it. */
const DIGEST_LENGTH = 32;

/**
 * Notes the paths of a call and what its verdict rests on for the entry, so that the trail alone can tell why it was decided so (`policy replay`).
 * `copy` is the masked copy of what was judged; undefined where it is not kept.
 */
export function noteFacts(context: PathContext, judgement: Judgement, draft: Draft, copy: JsonValue | undefined): void {
	const { facts, load, source } = judgement;
	const { body, digest } = digestedContext(context, facts);
	const places = new MaskedPlaces(facts);
	if (copy !== undefined) {
		draft.paths = trailPaths(facts.paths, places);
	}
	const kept = { places, copy, arguments: draft.arguments, paths: draft.paths };
	draft.facts = recordFacts(load, facts, source, kept, digest);
	context.ledger.offer(draft.facts, body);
}

interface Digested {
	readonly body: RecordedContext;
	readonly host: HostFacts;
	readonly digest: string;
}

/** By the prefixes, which many calls share as one object; only of calls without places of their own. */
const digested = new WeakMap<CallFacts['prefixes'], Digested>();

function digestedContext({ ports }: PathContext, facts: CallFacts): Digested {
	const { host, prefixes, ownPlaces } = facts;
	const known = digested.get(prefixes);
	if (known !== undefined && ownPlaces === undefined && sameHost(known.host, host)) {
		return known;
	}
	const body = contextOf(facts);
	const digest = ports.digest(new TextEncoder().encode(JSON.stringify(body))).slice(0, DIGEST_LENGTH);
	const fresh = { body, host, digest };
	if (ownPlaces === undefined) {
		digested.set(prefixes, fresh);
	}
	return fresh;
}
