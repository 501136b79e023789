import { type JsonValue } from '../base/json';
import { MaskedPlaces } from '../domain/audit/maskedPlaces';
import { contextOf, recordFacts } from '../domain/audit/recordedFacts';
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
	const body = contextOf(facts);
	const digest = context.ports.digest(new TextEncoder().encode(JSON.stringify(body))).slice(0, DIGEST_LENGTH);
	const places = new MaskedPlaces(facts);
	if (copy !== undefined) {
		draft.paths = trailPaths(facts.paths, places);
	}
	const kept = { places, copy, arguments: draft.arguments, paths: draft.paths };
	draft.facts = recordFacts(load, facts, source, kept, digest);
	context.ledger.offer(draft.facts, body);
}
