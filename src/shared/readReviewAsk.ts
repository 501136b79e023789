import { isJsonObject } from '../base/json';
import { type ReviewAsk, type ReviewCeiling, REVIEW_TEXT_LIMIT } from './reviewProtocol';

const CEILINGS: readonly ReviewCeiling[] = ['public', 'internal', 'secret'];

/** Places that an approval may name; no review has more items. */
const MAX_ITEMS = 10_000;

/**
 * Narrows what the review editor's page posted (attacker-controlled in principle) to a {@link ReviewAsk}. Undefined for
 * whatever is not one in every part: an approval is taken whole or not at all.
 */
export function readReviewAsk(value: unknown): ReviewAsk | undefined {
	if (!isJsonObject(value)) {
		return undefined;
	}
	const { kind, item, text } = value;
	if (kind === 'ready' || kind === 'compare' || kind === 'pin' || kind === 'dismiss') {
		return { kind };
	}
	if (kind === 'show') {
		return isPlace(item) ? { kind, item } : undefined;
	}
	if (kind === 'capability') {
		return isPlace(item) && isText(text) ? { kind, item, text } : undefined;
	}
	return kind === 'approve' ? readApproval(value) : undefined;
}

function readApproval({ accepted, ceiling, owner }: Readonly<Record<string, unknown>>): ReviewAsk | undefined {
	const chosen = CEILINGS.find(known => known === ceiling);
	if (!Array.isArray(accepted) || accepted.length > MAX_ITEMS || chosen === undefined || !isText(owner)) {
		return undefined;
	}
	const places: readonly unknown[] = accepted;
	const ascending = places.filter(isPlace).every((place, at, all) => at === 0 || (all[at - 1] ?? 0) < place);
	return ascending && places.every(isPlace)
		? { kind: 'approve', accepted: places.filter(isPlace), ceiling: chosen, owner }
		: undefined;
}

function isPlace(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown): value is string {
	return typeof value === 'string' && value.length <= REVIEW_TEXT_LIMIT;
}
