import { didDocumentUrl, parseDid } from './did';
import { type DidKeys, readDidDocument } from './didDocument';
import { type IdentityFetch } from './identityFetch';

/** The keys of a DID. `none`: there is no such document. `unreachable`: nobody can tell now. */
export type ResolvedDid =
	{ readonly kind: 'keys'; readonly keys: DidKeys } | { readonly kind: 'none' } | { readonly kind: 'unreachable' };

/** What documents are taken from. */
export interface DidResolverParts {
	readonly fetch: IdentityFetch;
	/** Milliseconds. */
	readonly now: () => number;
	readonly offline: () => boolean;
}

/** Milliseconds that a document is kept for, and that there was none. */
const KEPT_MS = 300_000;
const NONE_MS = 5_000;
const MAX_KEPT = 1_000;

/** Resolves did:key by itself and did:web by its document (did:web §3.2; identity.md §4.3). */
export class DidResolver {
	private readonly kept = new Map<string, { readonly resolved: ResolvedDid; readonly until: number }>();

	constructor(private readonly parts: DidResolverParts) {}

	/** Fetches, where it must: whoever asks has decided that this host may be asked. Never rejects. */
	async resolve(text: string, privateAddresses: boolean): Promise<ResolvedDid> {
		const did = parseDid(text);
		if (did === undefined) {
			return { kind: 'none' };
		}
		if (did.method === 'key') {
			return { kind: 'keys', keys: new Map([[`${text}#${text.slice('did:key:'.length)}`, did.key]]) };
		}
		const now = this.parts.now();
		const before = this.kept.get(text);
		if (before !== undefined && now < before.until) {
			return before.resolved;
		}
		if (this.parts.offline()) {
			return { kind: 'unreachable' };
		}
		const url = didDocumentUrl(did);
		const answer = await this.parts.fetch({ url, document: 'did', ...(privateAddresses && { privateAddresses }) });
		if (!answer.ok || answer.status >= 500) {
			return { kind: 'unreachable' };
		}
		const keys = answer.status === 200 ? readDidDocument(answer.body, text) : undefined;
		const resolved: ResolvedDid = keys === undefined ? { kind: 'none' } : { kind: 'keys', keys };
		if (this.kept.size >= MAX_KEPT) {
			this.kept.clear();
		}
		this.kept.set(text, { resolved, until: now + (keys === undefined ? NONE_MS : KEPT_MS) });
		return resolved;
	}

	forget(): void {
		this.kept.clear();
	}
}
