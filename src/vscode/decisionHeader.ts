import type * as vscode from 'vscode';
import { canonicalJson, isJsonObject } from '../base/json';
import { parseJson } from '../base/strictJson';
import { urlOf } from '../base/urlOf';

/** Where it lies in the secret storage. */
export const DECISION_HEADER_KEY = 'decision-service-header';

/** A header for the decision service. Its value is a secret. */
export interface DecisionHeader {
	/** Of the service that it was set for: it goes to no other. */
	readonly origin: string;
	readonly name: string;
	readonly value: string;
}

/**
 * The header that is kept for a decision service; undefined where there is none, or it was set for another origin. Rejects where
 * the storage fails, or holds something else: then nobody knows what to send.
 */
export async function decisionHeaderFor(
	storage: Pick<vscode.SecretStorage, 'get'>,
	url: string,
): Promise<DecisionHeader | undefined> {
	const text = await storage.get(DECISION_HEADER_KEY);
	if (text === undefined) {
		return undefined;
	}
	const parsed = parseJson(text, 'strict');
	const { origin, name, value } = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
	if (typeof origin !== 'string' || typeof name !== 'string' || typeof value !== 'string') {
		throw new TypeError('what is stored is no header');
	}
	return origin === originOf(url) ? { origin, name, value } : undefined;
}

/** Keeps a header for the service at this address in the place of the one before. Rejects where the storage fails. */
export async function keepDecisionHeader(
	storage: Pick<vscode.SecretStorage, 'store'>,
	header: DecisionHeader,
): Promise<void> {
	await storage.store(DECISION_HEADER_KEY, canonicalJson({ ...header }));
}

/** The origin of an address; undefined for what is none. */
export function originOf(url: string): string | undefined {
	const origin = urlOf(url)?.origin;
	return origin === 'null' ? undefined : origin;
}
